import { afterEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { logger, startLogging } from '#libs/telemetry/logger.js';
import { fieldsOf } from './temporal-logs.js';

afterEach(() => void startLogging('test', 'silent'));

describe('what is logged of an activity that failed', () => {
  it('given an error on which a library has hung its request, then its message and place, and nothing of that', () => {
    const lines: string[] = [];
    startLogging('test', 'trace', { write: (line) => void lines.push(line) });
    const cause = Object.assign(new Error('refused'), { config: { headers: { Authorization: 'Bearer marked-7c1f' } } });
    const error = ApplicationFailure.create({ message: 'the carrier does not answer', type: 'UNAVAILABLE', cause });
    const meta = { orderId: 'ord-1', workflowId: 'order-ord-1', attempt: 2, taskToken: 'marked-7c1f', error };
    logger().warn(fieldsOf(meta), 'Activity failed');
    const line = JSON.parse(lines.join('')) as Record<string, unknown>;
    expect(line).toMatchObject({ orderId: 'ord-1', temporal: { workflowId: 'order-ord-1', attempt: 2 } });
    expect(line['error']).toMatchObject({ message: 'the carrier does not answer: refused' });
    expect(lines.join('')).not.toContain('marked-7c1f');
  });
});
