import { describe, expect, it } from '@jest/globals';
import { WaybillError } from '#libs/kernel/errors.js';
import { maskUrls } from '#libs/kernel/mask-urls.js';
import { loggedError } from './logged-error.js';

const MARK = 'marked-secret';
const logged = (error: unknown): string => JSON.stringify(loggedError(error)) ?? '';

describe('an error that is logged', () => {
  it.each<readonly [string, unknown]>([
    [
      'the request of an HTTP client',
      Object.assign(new Error('401'), { config: { headers: { Authorization: MARK } } }),
    ],
    ['the row of a database', Object.assign(new Error('duplicate'), { detail: `Key (email)=(${MARK}) exists` })],
    ['the URL that was wrong', Object.assign(new TypeError('Invalid URL'), { input: `amqp://me:${MARK}@host` })],
    ['a URL in its message', new Error(`cannot reach amqp://me:${MARK}@host/x`)],
    [
      'the request of what caused it',
      new Error('failed', { cause: Object.assign(new Error('401'), { request: MARK }) }),
    ],
    ['a URL in the message of what caused it', new Error('failed', { cause: new Error(`to redis://:${MARK}@host`) })],
    ['what is no error', `to smtp://me:${MARK}@host`],
    ['an object', { password: MARK }],
  ])('does not tell %s', (_, error) => expect(logged(error)).not.toContain(MARK));

  it('tells what it is, where it came from, and what caused it', () => {
    const cause = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
    const error = new WaybillError('UNAVAILABLE', 'The carrier is away', { carrier: 'x' }, { cause });
    expect(loggedError(error)).toMatchObject({ type: 'WaybillError', code: 'UNAVAILABLE', details: { carrier: 'x' } });
    expect(logged(error)).toMatch(/The carrier is away: no route.*logged-error\.unit\.spec/);
    expect(loggedError(cause)).toMatchObject({ code: 'EHOSTUNREACH' });
    expect(loggedError(undefined)).toBeUndefined();
  });
});

describe('the URLs of a text', () => {
  it.each([
    ['postgres://me:a@b@host:1/db?x=1', 'postgres://me:***@host:1/db?x=1'],
    ['redis://:secret@host', 'redis://:***@host'],
    ['amqp://me:x@one, amqp://me:y@two', 'amqp://me:***@one, amqp://me:***@two'],
    [
      'postgres://host/db?user=me&password=x&sslmode=require',
      'postgres://host/db?user=me&password=***&sslmode=require',
    ],
    ['http://host:8080/path?at=me@home', 'http://host:8080/path?at=me@home'],
    ['mail to ada@example.com', 'mail to ada@example.com'],
  ])('%s is %s', (text, masked) => expect(maskUrls(text)).toBe(masked));
});
