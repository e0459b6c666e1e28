import { Injectable } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import { newId } from '#libs/kernel/ids.js';
import { outcomeOfRefund } from '../outcomes.js';
import type { ChargeRow, PaymentSimulatorSchema } from '../schema.js';
import { WebhookEvents } from '../send-webhooks/webhook-events.js';
import { expandList, metadata } from '../stripe-api/form.js';
import { chargeObject, listObject, refundObject } from '../stripe-api/objects.js';
import { answer, noSuch, problem, providerFailure, type Reply } from '../stripe-api/reply.js';

type Trx = Transaction<PaymentSimulatorSchema>;

export const refundForm = z.strictObject({
  payment_intent: z.string(),
  amount: z.coerce.number().int().min(1).optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  metadata,
  expand: expandList,
});
export type RefundForm = z.output<typeof refundForm>;

export const listRefundsForm = z.strictObject({
  payment_intent: z.string(),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  expand: expandList,
});

/** Gives money back. Under the charge's row lock: refunds together never exceed what was charged. */
@Injectable()
export class RefundCharge {
  constructor(private readonly events: WebhookEvents) {}

  async execute(trx: Trx, form: RefundForm): Promise<Reply> {
    const charge = await lockSucceededCharge(trx, form.payment_intent);
    if (charge === undefined) return notCharged(form.payment_intent);
    const { refunds_fixed_at } = await trx.selectFrom('account').selectAll().executeTakeFirstOrThrow();
    const outcome = outcomeOfRefund(charge, form.amount, refunds_fixed_at);
    switch (outcome.kind) {
      case 'refunded':
        return this.refund(trx, charge, outcome.amount, form);
      case 'failed':
        await trx
          .updateTable('charges')
          .set({ refund_calls: charge.refund_calls + 1 })
          .where('id', '=', charge.id)
          .execute();
        return providerFailure();
      case 'account-broken':
        return refused(
          'balance_insufficient',
          'Insufficient funds in your Stripe balance to refund this amount. Please fix the account.',
        );
      case 'already-refunded':
        return refused('charge_already_refunded', `Charge ${charge.id} has already been refunded.`);
      case 'exceeds':
        return problem(400, {
          type: 'invalid_request_error',
          message: `Refund amount is greater than unrefunded amount on charge (${outcome.left})`,
          param: 'amount',
        });
    }
  }

  private async refund(trx: Trx, charge: ChargeRow, amount: number, form: RefundForm): Promise<Reply> {
    const { payment_intent, order_id, currency } = charge;
    const refund = await trx
      .insertInto('refunds')
      .values({
        id: `re_${newId().replaceAll('-', '')}`,
        charge: charge.id,
        payment_intent,
        amount,
        currency,
        reason: form.reason ?? null,
        metadata: JSON.stringify(form.metadata),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await trx
      .insertInto('ledger')
      .values({ kind: 'refund', reference: refund.id, payment_intent, order_id, amount, currency })
      .execute();
    const refunded = await trx
      .updateTable('charges')
      .set({ amount_refunded: charge.amount_refunded + amount, refund_calls: charge.refund_calls + 1 })
      .where('id', '=', charge.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await this.events.record(
      trx,
      'charge.refunded',
      chargeObject(refunded, { ...(order_id !== null && { order_id }) }),
    );
    return answer(refundObject(refund));
  }
}

export async function listRefunds(
  db: Kysely<PaymentSimulatorSchema>,
  { payment_intent, limit }: z.output<typeof listRefundsForm>,
): Promise<Reply> {
  const refunds = await db
    .selectFrom('refunds')
    .selectAll()
    .where('payment_intent', '=', payment_intent)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute();
  return answer(listObject(refunds.map(refundObject), '/v1/refunds'));
}

async function lockSucceededCharge(trx: Trx, intentId: string): Promise<ChargeRow | undefined> {
  const charge = await trx
    .selectFrom('charges')
    .selectAll()
    .where('payment_intent', '=', intentId)
    .where('status', '=', 'succeeded')
    .forUpdate()
    .executeTakeFirst();
  if (charge !== undefined) return charge;
  const intent = await trx.selectFrom('payment_intents').select('id').where('id', '=', intentId).executeTakeFirst();
  if (intent === undefined) throw noSuch('payment_intent', intentId, 'payment_intent');
  return undefined;
}

function notCharged(intentId: string): Reply {
  return problem(400, {
    type: 'invalid_request_error',
    message: `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
    param: 'payment_intent',
  });
}

function refused(code: string, message: string): Reply {
  return problem(400, { type: 'invalid_request_error', code, message });
}
