import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { EventData } from '#libs/contracts/events.js';
import type { Money } from '#libs/contracts/money.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { newEnvelope } from '#libs/messaging/envelope.js';
import { outboxInsertSql } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { DeclineReason } from './provider/payment-provider.js';
import type { Charge, PaymentsSchema } from './schema.js';

export interface ChargeOrderRequest {
  readonly orderId: OrderId;
  readonly customerId: string;
  readonly amount: Money;
  readonly paymentMethod: string;
}

type PaymentEvent = 'PaymentCaptured' | 'PaymentDeclined' | 'RefundIssued';

/**
 * The charges table. Each method is one statement and one commit; what changes a charge's end tells its event in the
 * same statement. A change that finds the charge otherwise than its caller saw it does nothing, and gives the charge as it is.
 */
@Injectable()
export class Charges {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<PaymentsSchema>,
    @Inject(OutboxRelay) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  find(orderId: OrderId): Promise<Charge | undefined> {
    return this.db.selectFrom('charges').selectAll().where('order_id', '=', orderId).executeTakeFirst();
  }

  /** The charge that an intent is of: by the intent's id, else by the order that it names. */
  findReported(intentId: string, orderId: OrderId | null): Promise<Charge | undefined> {
    return this.db
      .selectFrom('charges')
      .selectAll()
      .where((where) => where.or([where('intent_id', '=', intentId), where('order_id', '=', orderId)]))
      .orderBy(sql`intent_id = ${intentId} desc nulls last`)
      .limit(1)
      .executeTakeFirst();
  }

  /** Begins a charge, or gives the one there is. The first intent stays; a tombstone stays. */
  start(
    { orderId, customerId, amount, paymentMethod }: ChargeOrderRequest,
    intentId: string | null,
    intentAttempt: number,
  ): Promise<Charge> {
    return this.db
      .insertInto('charges')
      .values({
        order_id: orderId,
        state: 'STARTED',
        customer_id: customerId,
        payment_method: paymentMethod,
        amount: amount.amount,
        currency: amount.currency,
        intent_id: intentId,
        intent_attempt: intentAttempt,
      })
      .onConflict((conflict) =>
        conflict.column('order_id').doUpdateSet({
          intent_id: sql`coalesce(charges.intent_id, case when charges.state = 'STARTED' then excluded.intent_id end)`,
          intent_attempt: sql`greatest(charges.intent_attempt, excluded.intent_attempt)`,
          updated_at: sql`now()`,
        }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** From here on no charge of this order begins, and none that has begun is confirmed by a later look. */
  forbid(orderId: OrderId): Promise<Charge> {
    return this.db
      .insertInto('charges')
      .values({ order_id: orderId, state: 'VOIDED' })
      .onConflict((conflict) =>
        conflict.column('order_id').doUpdateSet({
          state: sql`case
            when charges.state = 'STARTED' and charges.intent_id is null then 'VOIDED'
            when charges.state in ('STARTED', 'CAPTURED') then 'SETTLING'
            else charges.state end`,
          updated_at: sql`now()`,
        }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  recordDeclined(charge: Charge, reason: DeclineReason): Promise<Charge> {
    const event = { type: 'PaymentDeclined', data: { orderId: charge.order_id, reason } } as const;
    return this.change(charge, event, sql`state = 'DECLINED', reason = ${reason}`, sql`state = 'STARTED'`);
  }

  /** Also while settling: then the refund follows. */
  recordCaptured(charge: Charge, captured: number): Promise<Charge> {
    const data = {
      orderId: charge.order_id,
      amount: money(captured, charge),
      providerReference: charge.intent_id ?? '',
      provider: 'stripe',
      capturedAt: new Date().toISOString(),
    };
    return this.change(
      charge,
      { type: 'PaymentCaptured', data },
      sql`state = case state when 'STARTED' then 'CAPTURED' else state end, captured = ${captured}`,
      sql`state in ('STARTED', 'SETTLING') and captured = 0`,
    );
  }

  recordRefunded(charge: Charge, refunded: number): Promise<Charge> {
    const data = { orderId: charge.order_id, amount: money(refunded - charge.refunded, charge) };
    return this.change(
      charge,
      { type: 'RefundIssued', data },
      sql`state = 'REFUNDED', refunded = ${refunded}`,
      sql`state = 'SETTLING'`,
    );
  }

  async recordVoided(charge: Charge): Promise<Charge> {
    return this.changed(
      charge,
      await this.db
        .updateTable('charges')
        .set({ state: 'VOIDED', updated_at: sql`now()` })
        .where('order_id', '=', charge.order_id)
        .where('state', '=', 'SETTLING')
        .where('captured', '=', 0)
        .returningAll()
        .executeTakeFirst(),
    );
  }

  /** The provider has failed a refund for good under the key of this attempt. */
  async beginNextRefundAttempt(charge: Charge): Promise<void> {
    await this.db
      .updateTable('charges')
      .set({ refund_attempt: charge.refund_attempt + 1, updated_at: sql`now()` })
      .where('order_id', '=', charge.order_id)
      .where('refund_attempt', '=', charge.refund_attempt)
      .execute();
  }

  private async change<Type extends PaymentEvent>(
    charge: Charge,
    { type, data }: { readonly type: Type; readonly data: EventData[Type] },
    changes: RawBuilder<unknown>,
    where: RawBuilder<unknown>,
  ): Promise<Charge> {
    const sequence = charge.version + 1;
    const envelope = newEnvelope<PaymentEvent>({
      type,
      producer: 'payments',
      subject: charge.order_id,
      sequence,
      data,
    });
    const told = outboxInsertSql([{ lane: 'events', envelope }], sql`exists (select from changed)`);
    const { rows } = await sql<Charge>`
      with changed as (
        update charges set ${changes}, version = ${sequence}, updated_at = now()
        where order_id = ${charge.order_id} and version = ${charge.version} and ${where}
        returning *),
      told as (${told})
      select * from changed`.execute(this.db);
    if (rows.length > 0) this.relay.wake();
    return this.changed(charge, rows[0]);
  }

  private async changed(seen: Charge, changed: Charge | undefined): Promise<Charge> {
    // A charge is never deleted.
    return changed ?? ((await this.find(seen.order_id as OrderId)) as Charge);
  }
}

function money(amount: number, { currency }: Charge): Money {
  return { amount, currency: currency ?? '' };
}
