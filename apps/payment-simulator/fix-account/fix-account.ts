import { sql, type Kysely } from 'kysely';
import type { PaymentSimulatorSchema } from '../schema.js';

/** What an operator does at the provider: every charge of `pm_refund_broken` made until now can be refunded. */
export async function fixAccount(db: Kysely<PaymentSimulatorSchema>): Promise<{ readonly fixedAt: string }> {
  const { refunds_fixed_at } = await db
    .updateTable('account')
    .set({ refunds_fixed_at: sql<Date>`clock_timestamp()` })
    .returning(sql<Date>`refunds_fixed_at`.as('refunds_fixed_at'))
    .executeTakeFirstOrThrow();
  return { fixedAt: refunds_fixed_at.toISOString() };
}
