import type { Kysely } from 'kysely';
import { answerTables } from '#libs/idempotency/answer-tables.js';

export async function up(db: Kysely<never>): Promise<void> {
  await answerTables(db);
}
