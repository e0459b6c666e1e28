import type { Kysely, Transaction } from 'kysely';
import type { ChargeRow, IntentRow, PaymentSimulatorSchema } from '../schema.js';
import { chargeObject, intentObject } from '../stripe-api/objects.js';
import { answer, noSuch, type Reply } from '../stripe-api/reply.js';

const LATEST_CHARGE = ['latest_charge', 'latest_charge.refunds'];

/** An intent; with `expand`, its latest charge and that charge's refunds. */
export async function findIntent(
  db: Kysely<PaymentSimulatorSchema>,
  id: string,
  expand: readonly string[],
): Promise<Reply> {
  const intent = await db.selectFrom('payment_intents').selectAll().where('id', '=', id).executeTakeFirst();
  if (intent === undefined) throw noSuch('payment_intent', id, 'intent');
  if (intent.latest_charge === null || !expand.some((path) => LATEST_CHARGE.includes(path)))
    return answer(intentObject(intent));
  const charge = await findCharge(db, intent.latest_charge);
  const refunds = expand.includes('latest_charge.refunds')
    ? await db.selectFrom('refunds').selectAll().where('charge', '=', charge.id).orderBy('created_at', 'desc').execute()
    : undefined;
  return answer(intentObject(intent, chargeObject(charge, intent.metadata, refunds)));
}

function findCharge(db: Kysely<PaymentSimulatorSchema>, id: string): Promise<ChargeRow> {
  return db.selectFrom('charges').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/**
 * An intent, held until the transaction ends: who confirms, cancels or refunds it meanwhile waits.
 * @throws StripeProblem when there is none.
 */
export async function lockIntent(trx: Transaction<PaymentSimulatorSchema>, id: string): Promise<IntentRow> {
  const intent = await trx
    .selectFrom('payment_intents')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (intent === undefined) throw noSuch('payment_intent', id, 'intent');
  return intent;
}
