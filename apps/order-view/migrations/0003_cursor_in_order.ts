import { sql, type Kysely } from 'kysely';

/** How far the order at the cursor was read. 0: to its end, as those read it that knew no parts. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table projection_generations add column cursor_version integer not null default 0`.execute(db);
}
