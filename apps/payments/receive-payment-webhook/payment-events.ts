import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { counter } from '#libs/telemetry/metrics.js';
import type { EventOutcome, PaymentsSchema } from '../schema.js';
import type { PaymentEvent } from './parse-payment-event.js';

/** What the provider has reported, each event once. */
@Injectable()
export class PaymentEvents {
  private readonly received = counter('waybill_payment_events_total', 'Events of the payment provider by outcome', [
    'outcome',
  ]);

  constructor(@Inject(DATABASE) private readonly db: Kysely<PaymentsSchema>) {}

  /** Returns what became of the event when it had been received before. */
  async store({ id, type, at, report }: PaymentEvent): Promise<EventOutcome | undefined> {
    const { numInsertedOrUpdatedRows: rows = 0n } = await this.db
      .insertInto('payment_events')
      .values({
        id,
        type,
        intent_id: report?.intentId ?? null,
        order_id: report?.orderId ?? null,
        happened_at: at,
        outcome: report ? 'waiting' : 'ignored',
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if (rows > 0n) {
      if (!report) this.received.inc({ outcome: 'ignored' });
      return undefined;
    }
    const { outcome } = await this.db
      .selectFrom('payment_events')
      .select('outcome')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return outcome;
  }

  async settle(id: string, outcome: EventOutcome): Promise<void> {
    const { numUpdatedRows } = await this.db
      .updateTable('payment_events')
      .set({ outcome })
      .where('id', '=', id)
      .where('outcome', '=', 'waiting')
      .executeTakeFirst();
    if (numUpdatedRows > 0n) this.received.inc({ outcome });
  }
}
