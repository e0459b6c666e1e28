import { expect, it } from '@jest/globals';
import type { Message } from 'amqplib';
import { readMessage } from './read-message.js';

it('given headers that cannot be written down, then the body is kept, and it is said that they were not', () => {
  const headers: Record<string, unknown> = {};
  headers['itself'] = headers;
  const message = { content: Buffer.from('{}'), fields: {}, properties: { messageId: 'm', headers } } as Message;
  const row = readMessage('order-facts', message);
  expect(row).toMatchObject({ reason: 'rejected', message_id: 'm', body: message.content });
  expect(row.error).toMatch('Its headers could not be kept');
});
