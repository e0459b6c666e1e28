import { callContext, remainingMs } from '#libs/grpc/call-context.js';
import { ANSWER_RESERVE_MS, type CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { Breaker } from './breaker.js';
import { Bulkhead } from './bulkhead.js';
import type { PolicyRow } from './policy.js';
import { guardMetrics } from './resilience-metrics.js';
import { RETRY_AFTER } from './refuse.js';
import { verdictOf } from './verdict.js';

/** What a caller adds to the policy. The call is cancelled by `signal`, by default when whoever is being served has gone. */
export interface CallSettings extends Omit<CallOptions, 'deadlineMs'> {
  /** Milliseconds that whoever waits has left. The policy's own, where that is less. */
  readonly deadlineMs?: number;
  /** So much longer the callee is asked to wait for something: it does not count as being slow. */
  readonly waitMs?: number;
}

/** One method of one dependency as this process calls it: bounded in time, in number, and given up for a while when it fails. */
export class Guard {
  private readonly breaker: Breaker | undefined;
  private readonly bulkhead: Bulkhead | undefined;
  private readonly metrics;

  constructor(readonly policy: PolicyRow) {
    const { dependency, method, breaker, bulkhead } = policy;
    const name = `${dependency}.${method}`;
    this.metrics = guardMetrics(policy, { breaker: breaker !== null, bulkhead: bulkhead !== null });
    this.bulkhead = bulkhead ? new Bulkhead(name, bulkhead) : undefined;
    this.breaker = breaker
      ? new Breaker(name, breaker, (to) => {
          logger().warn({ dependency, method, to }, 'a breaker has changed');
          this.metrics.changed(to);
        })
      : undefined;
  }

  /** @throws WaybillError UNAVAILABLE or OVERLOADED with `retryAfterSeconds` when it is not called at all; else what `call` throws */
  async run<Answer>(call: (options: CallOptions) => Promise<Answer>, settings: CallSettings = {}): Promise<Answer> {
    const { waitMs = 0, deadlineMs, signal = callContext().signal, ...passedOn } = settings;
    const limitMs = this.policy.timeoutMs + waitMs;
    const endsAt = Date.now() + Math.min(limitMs, deadlineMs ?? limitMs);
    const attempt = (cancellable: AbortSignal | undefined): Promise<Answer> =>
      call({ ...passedOn, deadlineMs: leftUntil(endsAt), ...(cancellable && { signal: cancellable }) });
    this.metrics.entered();
    try {
      const answer = await this.inside(() => this.guarded(attempt, endsAt, waitMs, signal), signal);
      this.metrics.ended('answered');
      return answer;
    } catch (error) {
      this.noteRefusal(error);
      throw error;
    } finally {
      this.metrics.left();
    }
  }

  report() {
    return { ...this.policy, breakerNow: this.breaker?.report(), bulkheadNow: this.bulkhead?.report() };
  }

  private inside<Answer>(call: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    return this.bulkhead ? this.bulkhead.run(call, signal) : call();
  }

  private guarded<Answer>(
    attempt: (signal: AbortSignal | undefined) => Promise<Answer>,
    endsAt: number,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    // It waited for its turn: what it has left is what a peer is given.
    const givenMs = Math.min(leftUntil(endsAt), remainingMs(Infinity) - ANSWER_RESERVE_MS) - waitMs;
    const judge = (error: unknown) => {
      const verdict = verdictOf(error, { givenMs, timeoutMs: this.policy.timeoutMs });
      this.metrics.ended(verdict);
      return verdict;
    };
    if (this.breaker) return this.breaker.run((probing) => attempt(probing ? undefined : signal), judge);
    return attempt(signal).catch((error: unknown) => {
      judge(error);
      throw error;
    });
  }

  private noteRefusal(error: unknown): void {
    if (!(error instanceof WaybillError) || !Object.hasOwn(error.details, RETRY_AFTER) || error.cause) return;
    this.metrics.refused(error.code === 'OVERLOADED' ? 'bulkhead' : 'breaker');
  }
}

/** @throws WaybillError DEADLINE_EXCEEDED when nothing is left */
function leftUntil(endsAt: number): number {
  const left = endsAt - Date.now();
  if (left > 0) return left;
  throw new WaybillError('DEADLINE_EXCEEDED', 'The time for this was over before it could begin');
}
