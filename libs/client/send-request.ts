import { setTimeout as pause } from 'node:timers/promises';
import { isWaybillError, messageOf, WaybillError } from '#libs/kernel/errors.js';
import { ProblemError, problemErrorOf } from './problem-error.js';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For each attempt. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Transport {
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
  readonly pause: (ms: number) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random: () => number;
}

const ATTEMPTS = 3;
/** 503, 504 and connection errors; 429, which says itself when to come again. */
const REPEATED = ['UNAVAILABLE', 'OVERLOADED', 'DEADLINE_EXCEEDED', 'RATE_LIMITED'] as const;
const FIRST_BACKOFF_MS = 100;
/** A server that asks for more is not waited for: its refusal is the answer. */
const LONGEST_WAIT_MS = 5_000;

/** What the tests did not give. */
export function transportOf(given: Partial<Transport>): Transport {
  return { fetch, pause, random: Math.random, ...given };
}

/**
 * Sends a request that may be repeated: a read, or a write under an idempotency key.
 * @throws WaybillError of the last attempt.
 */
export async function sendRequest(request: Request, given: Partial<Transport>): Promise<Answer> {
  const transport = transportOf(given);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendOnce(request, transport);
    } catch (error) {
      const wait = waitAfter(error, attempt, transport);
      if (wait === undefined) throw error;
      await transport.pause(wait);
    }
  }
}

async function sendOnce({ method, url, headers, body, timeoutMs }: Request, transport: Transport): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const fail = (error: unknown): never => connectionError(error, signal.aborted);
  const response = await transport
    .fetch(url, { method, headers, signal, ...(body !== undefined && { body }) })
    .catch(fail);
  const bytes = new Uint8Array(await response.arrayBuffer().catch(fail));
  const answered = isDocument(response) ? bytes : parseJson(new TextDecoder().decode(bytes));
  if (!response.ok) throw problemErrorOf(response.status, response.headers, answered);
  if (answered === undefined)
    throw new WaybillError(
      'INTERNAL',
      `${method} ${url.pathname} answered ${response.status} without JSON or a document: is the URL the gateway's?`,
    );
  return { headers: response.headers, body: answered };
}

/** @throws WaybillError always: why nothing, or no more, came. */
export function connectionError(error: unknown, timedOut: boolean): never {
  if (timedOut) throw new WaybillError('DEADLINE_EXCEEDED', 'The API did not answer in time', {}, { cause: error });
  const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
  throw new WaybillError('UNAVAILABLE', `The API cannot be reached: ${reason}`, {}, { cause: error });
}

/** Milliseconds to wait before the next attempt; undefined when there is none. Full jitter: clients that failed together do not return together. */
function waitAfter(error: unknown, attempt: number, { random }: Transport): number | undefined {
  if (attempt >= ATTEMPTS || !isWaybillError(error, ...REPEATED)) return undefined;
  const asked = error instanceof ProblemError ? (error.retryAfterS ?? 0) * 1_000 : 0;
  if (asked > LONGEST_WAIT_MS) return undefined;
  return asked + random() * FIRST_BACKOFF_MS * 2 ** attempt;
}

function isDocument({ headers }: Response): boolean {
  return headers.get('content-type') === 'application/pdf';
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not from the API: its caller says so
  }
}
