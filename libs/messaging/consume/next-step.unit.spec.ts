import { describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { Busy, DependencyUnavailable, Poison } from '../failures.js';
import { nextStep } from './next-step.js';

const AWAY: readonly ErrorCode[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'OVERLOADED'];
const others = (Object.keys(ERROR_RULES) as ErrorCode[]).filter((code) => !AWAY.includes(code));
const attempts = fc.integer({ min: 1, max: 1_000 });
const withCode = (code: unknown, message = 'it failed'): Error => Object.assign(new Error(message), { code });

const unreachable = fc.oneof(
  fc.constant(new DependencyUnavailable('no mail server')),
  fc.constantFrom(...AWAY).map((code) => new WaybillError(code, 'away')),
  fc
    .constantFrom('ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', '08006', '57P01', '57P03', '53300')
    .map((code) => withCode(code)),
  fc.constantFrom(status.UNAVAILABLE, status.DEADLINE_EXCEEDED).map((code) => withCode(code)),
  fc.constant(new Error('Connection terminated unexpectedly')),
);
const mistakes = fc.oneof(
  fc.string().map((text) => new Error(text)),
  fc.constantFrom(...others).map((code) => new WaybillError(code, 'refused')),
  fc.constantFrom('23505', '40P01', '57014', 'ENOENT').map((code) => withCode(code)),
  fc.string(),
  fc.constant(undefined),
);

describe('the next step after a handler threw', () => {
  it('given poison, whatever the attempt, then it is buried at once for its own reason', () => {
    fc.assert(
      fc.property(fc.constantFrom('malformed', 'unknown-type', 'refused'), attempts, (reason, attempt) => {
        expect(nextStep(new Poison(reason, 'never'), attempt)).toEqual({ kind: 'bury', reason });
      }),
    );
  });

  it('given a dependency that is away, whatever the attempt, then the queue waits and nothing is counted', () => {
    fc.assert(
      fc.property(unreachable, attempts, (error, attempt) =>
        expect(nextStep(error, attempt)).toEqual({ kind: 'wait' }),
      ),
    );
  });

  it('given an error whose cause is a dependency that is away, then the queue waits', () => {
    const wrapped = new Error('could not start the workflow', {
      cause: new Error('rpc', { cause: withCode(status.UNAVAILABLE) }),
    });

    expect(nextStep(wrapped, 3)).toEqual({ kind: 'wait' });
  });

  it('given a refusal that a technical error has caused, then the refusal decides', () => {
    const refused = new WaybillError('NOT_FOUND', 'no such order', {}, { cause: withCode('ECONNRESET') });

    expect(nextStep(refused, 1)).toEqual({ kind: 'retry', delay: '1s' });
  });

  it('given a message that somebody else is at, whatever the attempt, then it comes back in a second, uncounted', () => {
    fc.assert(
      fc.property(attempts, (attempt) =>
        expect(nextStep(new Busy('being sent'), attempt)).toEqual({ kind: 'postpone', delay: '1s' }),
      ),
    );
  });

  it('given one order that does not answer in time, then its message is postponed, and the queue does not wait', () => {
    const busy = new Busy('it does not answer', { cause: withCode(status.DEADLINE_EXCEEDED) });

    expect(nextStep(busy, 1)).toEqual({ kind: 'postpone', delay: '1s' });
  });

  it('given anything else, then it is tried three times: after one second, after ten, then buried', () => {
    fc.assert(
      fc.property(mistakes, (error) => {
        expect(nextStep(error, 1)).toEqual({ kind: 'retry', delay: '1s' });
        expect(nextStep(error, 2)).toEqual({ kind: 'retry', delay: '10s' });
        expect(nextStep(error, 3)).toEqual({ kind: 'bury', reason: 'attempts-exhausted' });
        expect(nextStep(error, 4)).toEqual({ kind: 'bury', reason: 'attempts-exhausted' });
      }),
    );
  });
});
