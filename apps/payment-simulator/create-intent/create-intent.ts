import type { Transaction } from 'kysely';
import { z } from 'zod';
import { newId } from '#libs/kernel/ids.js';
import { isPaymentMethod } from '../outcomes.js';
import type { PaymentSimulatorSchema } from '../schema.js';
import { expandList, metadata } from '../stripe-api/form.js';
import { intentObject } from '../stripe-api/objects.js';
import { answer, noSuch, type Reply } from '../stripe-api/reply.js';

export const createIntentForm = z.strictObject({
  amount: z.coerce.number().int().min(1).max(99_999_999),
  currency: z.string().regex(/^[a-z]{3}$/),
  payment_method: z.string().optional(),
  allowed_payment_method_types: z.record(z.string(), z.literal('card')).optional(),
  confirm: z.literal('false').optional(),
  description: z.string().optional(),
  metadata,
  expand: expandList,
});
export type CreateIntentForm = z.output<typeof createIntentForm>;

/** @throws StripeProblem when there is no such payment method. */
export function checkPaymentMethod({ payment_method: id }: CreateIntentForm): void {
  if (id !== undefined && !isPaymentMethod(id)) throw noSuch('PaymentMethod', id, 'payment_method', 400);
}

/** A new intent. Nothing is charged before it is confirmed. */
export async function createIntent(trx: Transaction<PaymentSimulatorSchema>, form: CreateIntentForm): Promise<Reply> {
  const { amount, currency, payment_method = null, metadata } = form;
  const intent = await trx
    .insertInto('payment_intents')
    .values({
      id: `pi_${newId().replaceAll('-', '')}`,
      status: payment_method === null ? 'requires_payment_method' : 'requires_confirmation',
      amount,
      currency,
      payment_method,
      order_id: metadata['order_id'] ?? null,
      metadata: JSON.stringify(metadata),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return answer(intentObject(intent));
}
