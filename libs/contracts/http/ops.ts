import { z } from 'zod';
import { idempotencyKey } from './callers.js';
import { cursor, limit, nextCursor, text, timestamp } from './fields.js';
import { operation } from './operation.js';

export const DEAD_LETTER_STATES = ['open', 'replaying', 'replayed', 'discarded'] as const;

const word = z.string().regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters');
const deadLetterId = z.uuid().meta({ examples: ['01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10'] });
const params = z.strictObject({ id: deadLetterId });
const count = z.int().min(0);
const operators = { kind: 'token', scopes: ['ops'] } as const;

export const deadLetter = z
  .object({
    id: deadLetterId,
    queue: z.string().meta({ description: 'Where it died, and where a replay puts it.', examples: ['order-facts'] }),
    reason: z.string().meta({
      description:
        '`malformed`, `unknown-type`, `unknown-version`, `refused`, `attempts-exhausted`; by the broker: `expired`, `maxlen`, `delivery_limit`.',
      examples: ['unknown-version'],
    }),
    state: z.enum(DEAD_LETTER_STATES),
    handler: z.string().nullable().meta({ description: 'Null when none saw it.' }),
    attempts: count,
    firstAt: timestamp,
    lastAt: timestamp,
    error: z.string().nullable(),
    messageId: z.string().nullable(),
    type: z.string().nullable(),
    subject: z.string().nullable(),
    orderId: z.string().nullable(),
    deaths: z.int().min(1).meta({ description: 'How often it became a dead letter.' }),
    bodyBytes: count,
  })
  .meta({ description: 'A message that was given up.' });

export const deadLetterPage = z
  .object({ items: z.array(deadLetter), nextCursor })
  .meta({ description: 'Dead letters, newest first.' });

export const deadLetterDetails = deadLetter
  .extend({
    headers: z.record(z.string(), z.unknown()).meta({ description: 'As its sender gave them.' }),
    body: z.object({
      encoding: z.enum(['utf8', 'base64']).meta({ description: '`base64` where the bytes are no text.' }),
      content: z.string(),
      truncated: z.boolean().meta({ description: 'Only its beginning is shown; a replay sends all of it.' }),
    }),
    actions: z
      .array(
        z.object({
          action: z.enum(['replay', 'replayed', 'discard']),
          operator: z.string(),
          reason: z.string().nullable(),
          at: timestamp,
        }),
      )
      .meta({
        description: 'What operators did about it, oldest first. `replay`: began to; `replayed`: the broker has it.',
      }),
  })
  .meta({ description: 'A dead letter with what it says and what was done about it.' });

export const discardBody = z
  .strictObject({ reason: text(500).meta({ description: 'Why nothing is lost by that.' }) })
  .meta({ description: 'Why a dead letter is given up.', examples: [{ reason: 'The order was cancelled by hand' }] });

const invariant = z.enum(['A', 'M', 'S', 'C', 'R']);

export const invariants = z
  .object({
    checkedAt: timestamp.nullable().meta({ description: 'Null before the first check has ended.' }),
    checking: z.boolean().meta({ description: 'A newer check is under way: ask again in a moment.' }),
    failure: z.string().nullable().meta({ description: 'Why the last try came to no result.' }),
    tookMs: count,
    whole: z.boolean().meta({
      description:
        'Everything was read; otherwise what has changed since the check before, what may be stuck, and what was broken.',
    }),
    wholeCheckedAt: timestamp.nullable().meta({ description: 'When everything was read last.' }),
    orders: count.meta({ description: 'How many were looked at.' }),
    violationCount: count,
    violations: z
      .array(z.object({ invariant, orderId: z.string().nullable(), message: z.string() }))
      .meta({ description: 'Each broken row, a thousand at most.' }),
    needsAttentionCount: count,
    needsAttention: z
      .array(z.string())
      .meta({ description: 'Ids of orders that wait for a person, a thousand at most.' }),
  })
  .meta({ description: 'Whether all that must hold does, from the databases and the provider’s ledger.' });

export const queues = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        missing: z.boolean(),
        ready: count.meta({ description: 'Messages that wait for a consumer.' }),
        retrying: count.meta({ description: 'Failed, and waiting for their next attempt.' }),
        consumers: count.meta({ description: 'Each holds `prefetch` unacknowledged messages at most.' }),
        deadLetters: z.object({
          open: count.meta({ description: 'Nobody has decided about them.' }),
          inBroker: count.meta({ description: 'Not taken over yet.' }),
        }),
        limits: z.object({
          maxLength: count,
          whenFull: z.enum(['reject-publish', 'drop-head']),
          ttlMs: count.nullable(),
          prefetch: count,
        }),
      }),
    ),
  })
  .meta({ description: 'Every queue that a service consumes.' });

const reading = ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const;
const deciding = [
  'INVALID_REQUEST',
  'IDEMPOTENCY_KEY_MISSING',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'REQUEST_IN_FLIGHT',
  'ALREADY_FINAL',
  'IDEMPOTENCY_KEY_REUSED',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
] as const;

export const listDeadLetters = operation({
  id: 'listDeadLetters',
  method: 'get',
  path: '/v1/ops/dead-letters',
  tag: 'ops',
  summary: 'List dead letters, newest first',
  description: 'Messages that were given up, each with its reason.',
  access: operators,
  query: z.strictObject({
    queue: word.optional(),
    reason: word.optional(),
    state: z.enum(DEAD_LETTER_STATES).optional(),
    orderId: word.optional(),
    cursor: cursor.optional(),
    limit,
  }),
  answers: { 200: { description: 'A page of dead letters.', schema: deadLetterPage } },
  refusals: reading,
});

export const getDeadLetter = operation({
  id: 'getDeadLetter',
  method: 'get',
  path: '/v1/ops/dead-letters/{id}',
  tag: 'ops',
  summary: 'Look at a dead letter',
  description: 'With its headers, its body, and what operators did about it.',
  access: operators,
  params,
  answers: { 200: { description: 'The dead letter.', schema: deadLetterDetails } },
  refusals: [...reading, 'NOT_FOUND'],
});

export const replayDeadLetter = operation({
  id: 'replayDeadLetter',
  method: 'post',
  path: '/v1/ops/dead-letters/{id}/replay',
  tag: 'ops',
  summary: 'Put a dead letter back into its queue',
  description:
    'As it was sent: same id, headers, bytes. Mend the cause first. A repeat has no second effect; one that dies again is open again.',
  access: operators,
  params,
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  answers: { 200: { description: 'It is in its queue.', schema: deadLetter } },
  refusals: deciding,
});

export const discardDeadLetter = operation({
  id: 'discardDeadLetter',
  method: 'post',
  path: '/v1/ops/dead-letters/{id}/discard',
  tag: 'ops',
  summary: 'Give a dead letter up',
  description: 'It is kept for a while, with the reason and who gave it, and is not put back any more.',
  access: operators,
  params,
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  body: discardBody,
  answers: { 200: { description: 'It is given up.', schema: deadLetter } },
  refusals: [...deciding, 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
});

export const checkInvariants = operation({
  id: 'checkInvariants',
  method: 'get',
  path: '/v1/ops/invariants',
  tag: 'ops',
  summary: 'Check what must always hold',
  description:
    'The last check, and a new one when that is older than a minute. One that takes longer than this call goes on. While reading everything ' +
    'takes more than a small share of the time, checks in between are of what has changed.',
  access: operators,
  query: z.strictObject({
    full: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Everything is to have been read within the last minute.' }),
  }),
  answers: { 200: { description: 'What was found, and when.', schema: invariants } },
  refusals: reading,
});

export const listQueues = operation({
  id: 'listQueues',
  method: 'get',
  path: '/v1/ops/queues',
  tag: 'ops',
  summary: 'Look at the queues',
  description: 'What is in each, who takes from it, what its limits are.',
  access: operators,
  answers: { 200: { description: 'The queues.', schema: queues } },
  refusals: reading,
});

/** The routes of those who operate the system. */
export const OPS_OPERATIONS = [
  listDeadLetters,
  getDeadLetter,
  replayDeadLetter,
  discardDeadLetter,
  checkInvariants,
  listQueues,
] as const;

export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];
export type DeadLetter = z.output<typeof deadLetter>;
export type DeadLetterPage = z.output<typeof deadLetterPage>;
export type DeadLetterDetails = z.output<typeof deadLetterDetails>;
export type Invariants = z.output<typeof invariants>;
export type Queues = z.output<typeof queues>;
