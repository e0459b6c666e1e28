import { describe, expect, it } from '@jest/globals';
import type { Message } from 'amqplib';
import {
  attemptOf,
  deadLetterHeaders,
  originalHeaders,
  ownHeaders,
  readDeadLetter,
  type Burial,
} from './dead-letter.js';

const message = (headers: Record<string, unknown>): Message =>
  ({ content: Buffer.from('{}'), fields: {}, properties: { headers } }) as Message;

const burial: Burial = {
  reason: 'attempts-exhausted',
  queue: 'order-processing',
  handler: 'StartOrders.start',
  attempts: 3,
  firstAt: '2026-11-20T10:00:00.000Z',
  lastAt: '2026-11-20T10:00:11.000Z',
  error: 'it failed',
};

describe('a dead letter', () => {
  it('given a message that a consumer gave up, when it is read, then it says why, where, who, how often and when', () => {
    expect(readDeadLetter(message(deadLetterHeaders(burial)))).toEqual(burial);
  });

  it('given an error of any length, when it is buried, then its text fits into a header', () => {
    expect(readDeadLetter(message(deadLetterHeaders({ ...burial, error: 'x'.repeat(100_000) }))).error).toHaveLength(
      500,
    );
  });

  it('given a message that the broker moved, when it is read, then it says the same in the same words', () => {
    const time = { '!': 'timestamp', value: Date.parse('2026-11-20T10:00:00Z') / 1000 };
    const expired = message({ 'x-death': [{ reason: 'expired', queue: 'order-processing', time, count: 1 }] });

    expect(readDeadLetter(expired)).toMatchObject({
      reason: 'expired',
      queue: 'order-processing',
      firstAt: '2026-11-20T10:00:00.000Z',
      error: null,
    });
  });

  it('given a message that was retried, when it is sent on, then what the broker had written is gone and the rest stays', () => {
    const retried = message({
      traceparent: '00-a-b-01',
      'x-attempt': 2,
      'x-death': [],
      'x-first-death-queue': 'q',
      'x-delivery-count': 4,
    });

    expect(ownHeaders(retried)).toEqual({ traceparent: '00-a-b-01', 'x-attempt': 2 });
  });

  it('given a dead letter that is replayed, then its headers are those that its sender gave it', () => {
    const sent = { traceparent: '00-a-b-01', tenant: 'blue' };
    const dead = message({ ...sent, ...deadLetterHeaders(burial), 'x-attempt': 3, 'x-death': [] });

    expect(originalHeaders(dead)).toEqual(sent);
  });

  it('given headers that somebody else wrote, when it is read, then nonsense is no count and no time', () => {
    const dead = readDeadLetter(message({ 'x-reason': 'odd', 'x-attempts': 'many', 'x-last-failed-at': 'noon' }));

    expect(dead).toMatchObject({ reason: 'odd', attempts: 0 });
    expect(Date.now() - Date.parse(dead.lastAt)).toBeLessThan(10_000);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a year that Postgres does not know', { 'x-reason': 'odd', 'x-last-failed-at': '+275000-01-01T00:00:00.000Z' }],
    ['a year before any broker', { 'x-reason': 'odd', 'x-last-failed-at': '-000100-01-01T00:00:00.000Z' }],
    ['a broker’s time that is none', { 'x-death': [{ reason: 'expired', time: { value: 2 ** 62 } }] }],
    ['a broker’s time that is not there', { 'x-death': [{ reason: 'expired', time: null }] }],
    ['a death that is not there', { 'x-death': [null] }],
    ['tables in place of text', { 'x-reason': 'odd', 'x-queue': { toString: 1 }, 'x-attempts': { valueOf: 1 } }],
  ])('given %s, when it is read, then its time is now', (_, headers) => {
    const dead = readDeadLetter(message(headers));
    expect(Math.abs(Date.now() - Date.parse(dead.lastAt))).toBeLessThan(10_000);
  });

  it.each([
    [undefined, 1],
    [2, 2],
    ['3', 3],
    ['many', 1],
    [-1, 1],
    [1.5, 1],
  ])('given %p as the count, then the attempt is %p', (header, attempt) => {
    expect(attemptOf(message({ 'x-attempt': header }))).toBe(attempt);
  });
});
