import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { newId } from '#libs/kernel/ids.js';
import { lockIntent } from '../find-intent/find-intent.js';
import { outcomeOfConfirm } from '../outcomes.js';
import type { ChargeRow, IntentRow, PaymentSimulatorSchema } from '../schema.js';
import { WebhookEvents } from '../send-webhooks/webhook-events.js';
import { expandList } from '../stripe-api/form.js';
import { chargeObject, declineError, intentObject } from '../stripe-api/objects.js';
import { answer, problem, providerFailure, type Reply } from '../stripe-api/reply.js';

type Trx = Transaction<PaymentSimulatorSchema>;

export const confirmIntentForm = z.strictObject({
  error_on_requires_action: z.enum(['true', 'false']).optional(),
  expand: expandList,
});

/** Charges an intent's payment method. Under the intent's row lock: a confirm and a cancel never both succeed. */
@Injectable()
export class ConfirmIntent {
  constructor(private readonly events: WebhookEvents) {}

  async execute(trx: Trx, id: string): Promise<Reply> {
    const intent = await lockIntent(trx, id);
    const outcome = outcomeOfConfirm(intent);
    switch (outcome.kind) {
      case 'charged':
        return this.charge(trx, intent, outcome.paymentMethod, outcome.holdReply);
      case 'declined':
        return this.decline(trx, intent, outcome.paymentMethod, outcome.declineCode);
      case 'failed':
        await trx
          .updateTable('payment_intents')
          .set({ confirm_calls: intent.confirm_calls + 1 })
          .where('id', '=', id)
          .execute();
        return providerFailure();
      case 'unexpected-state':
        return unexpectedState(intent, outcome.message);
    }
  }

  private async charge(trx: Trx, intent: IntentRow, paymentMethod: string, held: boolean): Promise<Reply> {
    const charge = await insertCharge(trx, intent, paymentMethod, null);
    const { id: reference, payment_intent, order_id, amount, currency } = charge;
    await trx
      .insertInto('ledger')
      .values({ kind: 'charge', reference, payment_intent, order_id, amount, currency })
      .execute();
    const succeeded = await update(trx, intent, { status: 'succeeded', latest_charge: charge.id, decline_code: null });
    const body = intentObject(succeeded, chargeObject(charge, intent.metadata, []));
    await this.events.record(trx, 'payment_intent.succeeded', intentObject(succeeded));
    return { ...answer(body), held };
  }

  private async decline(trx: Trx, intent: IntentRow, paymentMethod: string, declineCode: string): Promise<Reply> {
    const charge = await insertCharge(trx, intent, paymentMethod, declineCode);
    const declined = await update(trx, intent, {
      status: 'requires_payment_method',
      payment_method: null,
      latest_charge: charge.id,
      decline_code: declineCode,
    });
    await this.events.record(trx, 'payment_intent.payment_failed', intentObject(declined));
    return problem(402, { ...declineError(declineCode, charge.id), payment_intent: intentObject(declined) });
  }
}

export function unexpectedState(intent: IntentRow, message: string): Reply {
  return problem(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message,
    payment_intent: intentObject(intent),
  });
}

function insertCharge(
  trx: Trx,
  intent: IntentRow,
  paymentMethod: string,
  declineCode: string | null,
): Promise<ChargeRow> {
  return trx
    .insertInto('charges')
    .values({
      id: `ch_${newId().replaceAll('-', '')}`,
      payment_intent: intent.id,
      order_id: intent.order_id,
      payment_method: paymentMethod,
      status: declineCode === null ? 'succeeded' : 'failed',
      amount: intent.amount,
      currency: intent.currency,
      decline_code: declineCode,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

function update(trx: Trx, intent: IntentRow, change: Partial<IntentRow>): Promise<IntentRow> {
  const { metadata: _unchanged, ...columns } = change;
  return trx
    .updateTable('payment_intents')
    .set({ ...columns, confirm_calls: intent.confirm_calls + 1 })
    .where('id', '=', intent.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
