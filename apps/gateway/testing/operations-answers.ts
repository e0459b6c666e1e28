import {
  DeadLetterState,
  type CheckInvariantsResponse,
  type DeadLetter,
  type DiscardDeadLetterResponse,
  type GetDeadLetterResponse,
  type ListDeadLettersResponse,
  type ListActionsResponse,
  type ListQueuesResponse,
  type RecordActionResponse,
  type RecordOutcomeResponse,
  type ReplayDeadLetterResponse,
} from '#libs/contracts/generated/waybill/operations/v1/operations.js';

export interface OperationsAnswers {
  listDeadLetters: ListDeadLettersResponse;
  getDeadLetter: GetDeadLetterResponse;
  replayDeadLetter: ReplayDeadLetterResponse;
  discardDeadLetter: DiscardDeadLetterResponse;
  checkInvariants: CheckInvariantsResponse;
  listQueues: ListQueuesResponse;
  recordAction: RecordActionResponse;
  recordOutcome: RecordOutcomeResponse;
  listActions: ListActionsResponse;
}

const at = new Date('2026-11-20T10:00:00.000Z');
const ID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';

const DEAD_LETTER: DeadLetter = {
  id: ID,
  queue: 'order-facts',
  reason: 'unknown-type',
  state: DeadLetterState.OPEN,
  handler: '',
  attempts: 1,
  firstAt: at,
  lastAt: at,
  error: 'Nobody here handles it',
  messageId: ID,
  type: 'ParcelWeighed',
  subject: ID,
  orderId: ID,
  deaths: 1,
  bodyBytes: 2,
};

/** What operations says unless a test scripts something else. */
export const OPERATIONS_ANSWERS: OperationsAnswers = {
  listDeadLetters: { items: [DEAD_LETTER], nextCursor: 'next' },
  getDeadLetter: {
    deadLetter: DEAD_LETTER,
    headers: '{"traceparent":"00-aa-bb-01"}',
    body: Buffer.from('{}'),
    actions: [{ action: 'replay', operator: 'operator-1', reason: '', at }],
  },
  replayDeadLetter: { deadLetter: { ...DEAD_LETTER, state: DeadLetterState.REPLAYED } },
  discardDeadLetter: { deadLetter: { ...DEAD_LETTER, state: DeadLetterState.DISCARDED } },
  checkInvariants: {
    check: {
      checkedAt: at,
      tookMs: 120,
      whole: false,
      wholeCheckedAt: at,
      orders: 12,
      violationCount: 1,
      violations: [{ invariant: 'M', orderId: ID, message: 'was charged 2 times at the provider' }],
      needsAttentionCount: 1,
      needsAttention: [ID],
    },
    checking: false,
    failure: '',
  },
  recordAction: {},
  recordOutcome: {},
  listActions: {
    items: [
      {
        id: ID,
        at,
        operator: 'operator-1',
        action: 'discardDeadLetter',
        target: `/v1/ops/dead-letters/${ID}/discard`,
        reason: 'Sent by hand',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        outcome: 'done',
        endedAt: at,
      },
    ],
    nextCursor: '',
  },
  listQueues: {
    items: [
      {
        name: 'order-facts',
        missing: false,
        ready: 3,
        retrying: 1,
        consumers: 1,
        deadReady: 0,
        deadOpen: 2,
        maxLength: 100_000,
        whenFull: 'reject-publish',
        ttlMs: undefined,
        prefetch: 10,
      },
    ],
  },
};
