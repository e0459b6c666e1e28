import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table reservations add column amendments integer not null default 0`.execute(db);
  await sql`
    create table reservation_amendments (
      order_id uuid not null references reservations (order_id) on delete cascade,
      command_id text not null,
      outcome text not null check (outcome in ('applied', 'refused')),
      primary key (order_id, command_id)
    )`.execute(db);
}
