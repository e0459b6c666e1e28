import { sql, type Kysely } from 'kysely';
import { streamTables } from '#libs/messaging/stream/stream-tables.js';

/** The tables of the projections are made per generation, by whoever builds it. */
export async function up(db: Kysely<never>): Promise<void> {
  await streamTables(db);
  await sql`
    create table projection_generations (
      projection text collate "C" not null,
      generation integer not null,
      state text not null check (state in ('reading', 'joining', 'live', 'retired', 'dropped')),
      cause text not null check (cause in ('first', 'requested', 'truncated')),
      request_key text collate "C",
      /* The last order that was read from the log. */
      cursor uuid,
      orders_total bigint not null default 0,
      orders_read bigint not null default 0,
      events_read bigint not null default 0,
      builder text,
      builder_epoch bigint not null default 0,
      builder_until timestamptz not null default '-infinity',
      requested_at timestamptz not null default now(),
      live_at timestamptz,
      primary key (projection, generation),
      unique (projection, request_key)
    )`.execute(db);
  await sql`create unique index one_live_generation on projection_generations (projection) where state = 'live'`.execute(
    db,
  );
  await sql`
    create unique index one_generation_in_the_making on projection_generations (projection)
    where state in ('reading', 'joining')`.execute(db);
}
