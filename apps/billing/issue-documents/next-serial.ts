import { sql, type Kysely } from 'kysely';
import type { BillingSchema } from '../schema.js';
import type { DocumentKind } from './document.js';

/**
 * The next number of its kind and year, in the caller's transaction: whoever comes next waits for its end, and gets the
 * same number if it is rolled back. A sequence would not give it back.
 */
export async function nextSerial(trx: Kysely<BillingSchema>, kind: DocumentKind, year: number): Promise<number> {
  const { last } = await trx
    .insertInto('counters')
    .values({ kind, year, last: 1 })
    .onConflict((conflict) => conflict.columns(['kind', 'year']).doUpdateSet({ last: sql`counters.last + 1` }))
    .returning('last')
    .executeTakeFirstOrThrow();
  return last;
}
