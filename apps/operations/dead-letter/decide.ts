import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable, type Transaction, type UpdateObject } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { Action, DeadLettersTable, OperationsSchema } from '../schema.js';
import { SHOWN, type ShownRow } from './dead-letter-message.js';

/** What an operator asks, once per key. */
export interface Decision {
  readonly id: string;
  readonly action: Extract<Action, 'replay' | 'discard'>;
  readonly operator: string;
  readonly key: string;
  readonly reason: string | null;
}

const REPLAYED_FROM = ['properties', 'body', 'claimed_until'] as const;
export interface LockedRow extends ShownRow, Pick<Selectable<DeadLettersTable>, (typeof REPLAYED_FROM)[number]> {
  /** Somebody puts it back at this moment. */
  readonly claimed: boolean;
}
/** `now`: false when it had been decided so before. */
export interface Decided {
  readonly row: LockedRow;
  readonly now: boolean;
}
type Change = UpdateObject<OperationsSchema, 'dead_letters'>;

/** Decides about one dead letter at a time, and keeps who did: the letter's row is locked, so that of two only one decides. */
@Injectable()
export class Decide {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OperationsSchema>) {}

  /**
   * Makes the change that `judge` gives for the letter, or none when it gives none.
   * @throws WaybillError NOT_FOUND; IDEMPOTENCY_KEY_REUSED; what `judge` throws.
   */
  async execute(decision: Decision, judge: (row: LockedRow) => Change | undefined): Promise<Decided> {
    return this.db.transaction().execute(async (trx) => {
      const row = await lock(trx, decision.id);
      // A repetition of a request finishes what the first began, and begins nothing.
      const repeated = await wasAsked(trx, decision);
      const change = repeated && row.state === 'open' ? undefined : judge(row);
      if (change === undefined) return { row, now: false };
      const changed = await trx
        .updateTable('dead_letters')
        .set(change)
        .where('id', '=', row.id)
        .returning(LOCKED)
        .executeTakeFirstOrThrow();
      if (!repeated) await note(trx, changed, decision);
      return { row: changed, now: true };
    });
  }
}

const LOCKED = [
  ...SHOWN,
  ...REPLAYED_FROM,
  sql<boolean>`coalesce(claimed_until > now(), false)`.as('claimed'),
] as const;

async function lock(trx: Transaction<OperationsSchema>, id: string): Promise<LockedRow> {
  const row = await trx.selectFrom('dead_letters').select(LOCKED).where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw noSuchDeadLetter();
  return row;
}

export function noSuchDeadLetter(): WaybillError {
  return new WaybillError('NOT_FOUND', 'There is no such dead letter; those resolved long ago are forgotten.');
}

/** @throws WaybillError IDEMPOTENCY_KEY_REUSED when the key was used for another request. */
async function wasAsked(trx: Transaction<OperationsSchema>, decision: Decision): Promise<boolean> {
  const { id, action, reason, operator, key } = decision;
  const asked = await trx
    .selectFrom('dead_letter_actions')
    .select(['dead_letter_id', 'action', 'reason'])
    .where('operator', '=', operator)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
  if (asked === undefined) return false;
  if (asked.dead_letter_id === id && asked.action === action && asked.reason === reason) return true;
  throw reused();
}

/** Appends to what operators did. */
export async function note(
  db: Kysely<OperationsSchema>,
  { id, queue, message_id, order_id }: Pick<LockedRow, 'id' | 'queue' | 'message_id' | 'order_id'>,
  { action, operator, reason, key }: Omit<Decision, 'id' | 'action' | 'key'> & { action: Action; key: string | null },
): Promise<void> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('dead_letter_actions')
    .values({ dead_letter_id: id, queue, message_id, order_id, action, operator, reason, idempotency_key: key })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) throw reused();
}

function reused(): WaybillError {
  return new WaybillError(
    'IDEMPOTENCY_KEY_REUSED',
    'This idempotency-key was used for another request: choose a new one.',
  );
}

/** @throws WaybillError REQUEST_IN_FLIGHT while somebody puts it back at this moment. */
export function refuseWhileClaimed({ claimed }: LockedRow): void {
  if (claimed)
    throw new WaybillError('REQUEST_IN_FLIGHT', 'It is being replayed at this moment: look at it again in a second.');
}
