import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { unexpectedState } from '../confirm-intent/confirm-intent.js';
import { lockIntent } from '../find-intent/find-intent.js';
import { outcomeOfCancel } from '../outcomes.js';
import type { PaymentSimulatorSchema } from '../schema.js';
import { expandList } from '../stripe-api/form.js';
import { intentObject } from '../stripe-api/objects.js';
import { answer, type Reply } from '../stripe-api/reply.js';

export const cancelIntentForm = z.strictObject({
  cancellation_reason: z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  expand: expandList,
});

/** Ends an intent that has not succeeded: from here on it can never be confirmed. */
export async function cancelIntent(
  trx: Transaction<PaymentSimulatorSchema>,
  id: string,
  reason: string | undefined,
): Promise<Reply> {
  const intent = await lockIntent(trx, id);
  const outcome = outcomeOfCancel(intent);
  switch (outcome.kind) {
    case 'unexpected-state':
      return unexpectedState(intent, outcome.message);
    case 'canceled':
      return answer(
        intentObject(
          await trx
            .updateTable('payment_intents')
            .set({ status: 'canceled', canceled_at: sql<Date>`now()`, cancellation_reason: reason ?? null })
            .where('id', '=', id)
            .returningAll()
            .executeTakeFirstOrThrow(),
        ),
      );
  }
}
