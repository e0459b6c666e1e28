import type { Kysely } from 'kysely';
import { answerTables } from '#libs/idempotency/answer-tables.js';

/** In place of product_changes, which stays while processes of the release before may still write to it. */
export async function up(db: Kysely<never>): Promise<void> {
  await answerTables(db);
}
