import type { Selectable } from 'kysely';
import {
  DeadLetterState as WireState,
  type DeadLetter,
} from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import type { DeadLettersTable, DeadLetterState } from '../schema.js';

/** What is said of a dead letter: all but its body and what travels beside it. */
export const SHOWN = [
  'id',
  'queue',
  'reason',
  'state',
  'handler',
  'attempts',
  'first_at',
  'last_at',
  'error',
  'message_id',
  'type',
  'subject',
  'order_id',
  'deaths',
  'body_bytes',
] as const satisfies readonly (keyof DeadLettersTable)[];

export type ShownRow = Pick<Selectable<DeadLettersTable>, (typeof SHOWN)[number]>;

const WIRE: Readonly<Record<DeadLetterState, WireState>> = {
  open: WireState.OPEN,
  replaying: WireState.REPLAYING,
  replayed: WireState.REPLAYED,
  discarded: WireState.DISCARDED,
};

export function deadLetterMessage(row: ShownRow): DeadLetter {
  return {
    id: row.id,
    queue: row.queue,
    reason: row.reason,
    state: WIRE[row.state],
    handler: row.handler ?? '',
    attempts: row.attempts,
    firstAt: row.first_at,
    lastAt: row.last_at,
    error: row.error ?? '',
    messageId: row.message_id ?? '',
    type: row.type ?? '',
    subject: row.subject ?? '',
    orderId: row.order_id ?? '',
    deaths: row.deaths,
    bodyBytes: row.body_bytes,
  };
}

/** Undefined: any. */
export function stateOf(wire: WireState): DeadLetterState | undefined {
  return (Object.keys(WIRE) as DeadLetterState[]).find((state) => WIRE[state] === wire);
}
