import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createClient } from '#libs/client/client.js';
import { eventually } from '#libs/testing/eventually.js';
import { run } from './running-system.js';

const operator = createClient({ url: run.gateway.url, token: run.tokens.operator });

describe('what an operator asks for', () => {
  it('is in the audit with its outcome, also when there is no such thing', async () => {
    const id = randomUUID();
    await expect(operator.discardDeadLetter(id, 'by the audit’s journey')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await eventually(async () => {
      const { items } = await operator.listActions({ action: 'discardDeadLetter' });
      expect(items.find(({ target }) => target.includes(id))).toMatchObject({
        reason: 'by the audit’s journey',
        outcome: 'NOT_FOUND',
        endedAt: expect.any(String),
      });
    });
  });
});
