import { sql, type Kysely } from 'kysely';

/** Snapshots that are there already hold OrderPlaced in its first version; they are brought up as they are read. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table orders add column placed_version smallint not null default 1`.execute(db);
}
