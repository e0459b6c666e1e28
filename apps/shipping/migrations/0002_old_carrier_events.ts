import { sql, type Kysely } from 'kysely';

/** Lets old events be found and forgotten. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index carrier_events_received_at on carrier_events (received_at)`.execute(db);
}
