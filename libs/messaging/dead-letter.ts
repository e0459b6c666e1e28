import type { Message } from 'amqplib';
import type { QueueName } from '#libs/contracts/topology.js';
import type { PoisonReason } from './failures.js';

/** How often a message was tried, counting the coming time: absent at first. */
export const ATTEMPT_HEADER = 'x-attempt';
/** When it failed for the first time. */
export const FIRST_FAILED_HEADER = 'x-first-failed-at';

/** What the broker itself writes when it moves a message; stale once the message is published anew. */
const BROKERS_OWN = /^x-(death|first-death-.*|last-death-.*|delivery-count)$/;
const MAX_ERROR_LENGTH = 500;

/** Ours, and the broker's: `expired`, `maxlen`, `delivery_limit`, `rejected`. */
export type DeadReason = PoisonReason | 'attempts-exhausted' | 'expired' | 'maxlen' | 'delivery_limit' | 'rejected';

/** Why a message is among the dead letters. */
export interface DeadLetter {
  readonly reason: DeadReason;
  readonly queue: string;
  /** Class and method; null when no handler saw it. */
  readonly handler: string | null;
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly error: string | null;
}

type Headers = Record<string, unknown>;

/** The headers of a message that is sent on: its own, without what the broker had added. */
export function ownHeaders(message: Message): Headers {
  return Object.fromEntries(
    Object.entries(message.properties.headers ?? {}).filter(([name]) => !BROKERS_OWN.test(name)),
  );
}

/** What made a message a dead letter, or counted its way there: gone once it is replayed. */
const OF_ITS_DEATH = new Set([
  'x-reason',
  'x-queue',
  'x-handler',
  'x-attempts',
  ATTEMPT_HEADER,
  FIRST_FAILED_HEADER,
  'x-last-failed-at',
  'x-error',
]);

/** The headers as its sender gave them: those of a message that is replayed. */
export function originalHeaders(message: Message): Headers {
  return Object.fromEntries(Object.entries(ownHeaders(message)).filter(([name]) => !OF_ITS_DEATH.has(name)));
}

/** 1 for a message that was not retried, whatever the header says that is no count. */
export function attemptOf(message: Message): number {
  const attempt = numberIn(message.properties.headers?.[ATTEMPT_HEADER] ?? 1);
  return Number.isSafeInteger(attempt) && attempt >= 1 ? attempt : 1;
}

export function firstFailureOf(message: Message): string | undefined {
  const at: unknown = message.properties.headers?.[FIRST_FAILED_HEADER];
  return typeof at === 'string' ? at : undefined;
}

export interface Burial extends Omit<DeadLetter, 'error' | 'queue'> {
  readonly queue: QueueName;
  readonly error: string;
}

export function deadLetterHeaders(burial: Burial): Headers {
  return {
    'x-reason': burial.reason,
    'x-queue': burial.queue,
    ...(burial.handler !== null && { 'x-handler': burial.handler }),
    'x-attempts': burial.attempts,
    [FIRST_FAILED_HEADER]: burial.firstAt,
    'x-last-failed-at': burial.lastAt,
    'x-error': burial.error.slice(0, MAX_ERROR_LENGTH),
  };
}

/** Reads why a message is in a dead-letter queue, whether a consumer or the broker has put it there. */
export function readDeadLetter(message: Message): DeadLetter {
  const headers: Headers = message.properties.headers ?? {};
  if (typeof headers['x-reason'] !== 'string') return movedByBroker(headers);
  return {
    reason: headers['x-reason'] as DeadReason,
    queue: textIn(headers['x-queue']) ?? 'unknown',
    handler: textIn(headers['x-handler']),
    attempts: countIn(headers['x-attempts']),
    firstAt: timeIn(headers[FIRST_FAILED_HEADER]),
    lastAt: timeIn(headers['x-last-failed-at']),
    error: textIn(headers['x-error']),
  };
}

/** Headers that somebody else has written may say anything. */
function textIn(header: unknown): string | null {
  return typeof header === 'string' ? header : null;
}

/** NaN for what is none; a table of headers may even refuse to be converted. */
function numberIn(header: unknown): number {
  return typeof header === 'number' || typeof header === 'string' ? Number(header) : Number.NaN;
}

function countIn(header: unknown): number {
  const count = numberIn(header);
  return Number.isSafeInteger(count) && count >= 0 ? Math.min(count, 2 ** 31 - 1) : 0;
}

/** Before there was a broker, or later than any clock runs ahead: then it is no time. */
const EARLIEST = Date.UTC(2000);
const AHEAD_MS = 24 * 60 * 60 * 1_000;

/** Now, where nothing says when: a letter is never kept from being read by its time. */
function timeIn(header: unknown): string {
  const [now, time] = [Date.now(), typeof header === 'string' ? Date.parse(header) : numberIn(header)];
  return new Date(time >= EARLIEST && time <= now + AHEAD_MS ? time : now).toISOString();
}

interface BrokerDeath {
  readonly reason?: unknown;
  readonly queue?: unknown;
  /** Seconds since the epoch, in the broker's timestamp wrapper. */
  readonly time?: { readonly value?: unknown } | null;
}

/** The newest death comes first in the broker's list. */
function movedByBroker(headers: Headers): DeadLetter {
  const deaths: unknown = headers['x-death'];
  const death = ((Array.isArray(deaths) ? deaths[0] : undefined) ?? {}) as BrokerDeath;
  const at = timeIn(numberIn(death.time?.value) * 1_000);
  return {
    reason: (textIn(death.reason) ?? 'rejected') as DeadReason,
    queue: textIn(death.queue) ?? 'unknown',
    handler: null,
    attempts: countIn(headers['x-delivery-count']),
    firstAt: at,
    lastAt: at,
    error: null,
  };
}
