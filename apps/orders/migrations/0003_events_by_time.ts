import { sql, type Kysely } from 'kysely';

/** The log is only ever added to, so its pages are in the order of time: an index of a few pages tells which hold what happened of late. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create index order_events_by_time on order_events using brin (occurred_at) with (autosummarize = on)`.execute(db);
}
