import { Inject, Injectable } from '@nestjs/common';
import { sql, type ExpressionBuilder, type Kysely } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { NotConfirmed, type Publisher } from '#libs/messaging/publisher.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { Broker } from '../broker.js';
import { Decide, note, refuseWhileClaimed, type Decision, type LockedRow } from '../dead-letter/decide.js';
import { SHOWN, type ShownRow } from '../dead-letter/dead-letter-message.js';
import type { OperationsSchema } from '../schema.js';
import { parseProperties } from '../take-over-dead-letters/read-message.js';

/**
 * Longer than a publish takes: then whoever claimed the letter has died, or was not answered. Tells claims apart too, in the
 * milliseconds of a Date.
 */
const CLAIM = sql<Date>`date_trunc('milliseconds', now() + interval '5 seconds')`;

/**
 * Puts a dead letter back into its queue: with the id, the headers and the bytes that its sender gave it. Claimed, published,
 * settled, each on its own: after a crash in between the letter stays `replaying` and can be replayed once more. It may then
 * be in its queue twice, which its consumer takes for what it is: one message.
 */
@Injectable()
export class ReplayDeadLetter {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OperationsSchema>,
    private readonly decide: Decide,
    @Inject(Broker) private readonly broker: { open(): Promise<{ publisher: Pick<Publisher, 'publish'> }> },
  ) {}

  /** @throws WaybillError ALREADY_FINAL for one that was discarded; REQUEST_IN_FLIGHT; UNAVAILABLE when the broker did not take it. */
  async execute(decision: Decision): Promise<ShownRow> {
    const { row, now } = await this.decide.execute(decision, (letter) => {
      if (letter.state === 'replayed') return undefined;
      if (letter.state === 'discarded')
        throw new WaybillError('ALREADY_FINAL', 'It was discarded: what was given up is not put back.');
      refuseWhileClaimed(letter);
      return { state: 'replaying', claimed_until: CLAIM };
    });
    if (!now) return row;
    await this.publish(row);
    const settled = await this.settle(row, decision);
    const { id, queue, message_id: messageId, order_id: orderId } = row;
    logger().info({ deadLetterId: id, queue, messageId, orderId, operator: decision.operator }, 'dead letter replayed');
    return settled;
  }

  private async publish(row: LockedRow): Promise<void> {
    const { publisher } = await this.broker.open();
    try {
      const properties = parseProperties(row.properties);
      await publisher.publish({ ...properties, exchange: '', routingKey: row.queue, mandatory: true, body: row.body });
    } catch (error) {
      if (!(error instanceof NotConfirmed)) throw error;
      await this.unclaim(row);
      const why = error.outcome === 'refused' ? `${row.queue} is full` : 'the broker did not answer';
      throw new WaybillError('UNAVAILABLE', `It was not put back, ${why}: try again.`, {}, { cause: error });
    }
  }

  /** It may have died again meanwhile, or be somebody else's by now: then it stays as it is. */
  private async settle(row: LockedRow, { operator }: Decision): Promise<ShownRow> {
    return this.db.transaction().execute(async (trx) => {
      await note(trx, row, { action: 'replayed', operator, reason: null, key: null });
      await trx
        .updateTable('dead_letters')
        .set({ state: 'replayed', claimed_until: null, resolved_at: sql`now()` })
        .where(claimOf(row))
        .execute();
      return trx.selectFrom('dead_letters').select(SHOWN).where('id', '=', row.id).executeTakeFirstOrThrow();
    });
  }

  /** Whether it was published is not known: it stays `replaying`, and the next try may begin at once. */
  private async unclaim(row: LockedRow): Promise<void> {
    await this.db.updateTable('dead_letters').set({ claimed_until: null }).where(claimOf(row)).execute();
  }
}

/** The letter, for as long as it is claimed by the very claim that `row` was given. */
function claimOf({ id, claimed_until }: LockedRow) {
  return (where: ExpressionBuilder<OperationsSchema, 'dead_letters'>) =>
    where.and([where('id', '=', id), where('state', '=', 'replaying'), where('claimed_until', '=', claimed_until)]);
}
