import type { Order } from '#libs/contracts/http/orders.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { ProblemError, problemErrorOf } from './problem-error.js';
import { readEvents, type ServerEvent } from './read-events.js';
import { connectionError, parseJson, type Transport } from './send-request.js';

export interface FollowOptions {
  /** The version that was seen last: every state since then comes first. */
  readonly lastEventId?: number;
  /** Ends the following. */
  readonly signal?: AbortSignal;
}

export interface Following extends FollowOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** To be let in at first. Who was in once comes again for as long as it takes. */
const ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 5_000;
/** The API comments every 15 s: a connection that is silent for much longer is dead. */
const SILENCE_MS = 40_000;

/**
 * An order as it is, then after each change, until it has ended or the signal ends it. Comes again by itself where a connection
 * breaks, and goes on after what it has seen.
 * @throws WaybillError what the API refuses with, or of the last attempt to be let in.
 */
export async function* followOrder(following: Following, transport: Transport): AsyncGenerator<Order> {
  let [seen, failures, wasIn] = [following.lastEventId ?? 0, 0, false];
  while (following.signal?.aborted !== true) {
    try {
      for await (const { event, data } of connect(following, seen, transport)) {
        if (event === 'end') return;
        [failures, wasIn] = [0, true];
        if (event !== 'status') continue;
        const order = JSON.parse(data) as Order;
        seen = order.version;
        yield order;
      }
    } catch (error) {
      failures += 1;
      if (following.signal?.aborted) return;
      if (!mayComeAgain(error) || (!wasIn && failures >= ATTEMPTS)) throw error;
      await transport.pause(pauseAfter(error));
    }
    await transport.pause(Math.min(FIRST_BACKOFF_MS * 2 ** failures, LAST_BACKOFF_MS) * (0.5 + transport.random()));
  }
}

/** One connection: `open` once it is let in, its events, `end` where nothing will come any more. */
async function* connect(following: Following, seen: number, transport: Transport): AsyncGenerator<ServerEvent> {
  const dead = new AbortController();
  const timer = setTimeout(() => dead.abort(), SILENCE_MS);
  const signal = following.signal ? AbortSignal.any([following.signal, dead.signal]) : dead.signal;
  const headers = { ...following.headers, accept: 'text/event-stream', 'last-event-id': String(seen) };
  try {
    const response = await transport.fetch(following.url, { headers, signal });
    if (response.status === 204) {
      yield { event: 'end', data: '' };
      return;
    }
    if (!response.ok) throw problemErrorOf(response.status, response.headers, parseJson(await response.text()));
    if (response.body === null) throw new WaybillError('INTERNAL', 'The API answered without a body');
    yield { event: 'open', data: '' };
    yield* readEvents(response.body, () => timer.refresh());
  } catch (error) {
    if (isWaybillError(error)) throw error;
    connectionError(error, dead.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

function mayComeAgain(error: unknown): boolean {
  return isWaybillError(error, 'UNAVAILABLE', 'OVERLOADED', 'DEADLINE_EXCEEDED');
}

/** What the API has asked to wait. */
function pauseAfter(error: unknown): number {
  return error instanceof ProblemError ? (error.retryAfterS ?? 0) * 1_000 : 0;
}
