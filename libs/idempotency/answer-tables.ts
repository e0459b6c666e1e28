import { sql, type Kysely } from 'kysely';

/** One row per caller and idempotency key: who may answer it until when, then its answer. For a service's migrations. */
export async function answerTables(db: Kysely<never>): Promise<void> {
  await sql`
    create table idempotent_answers (
      caller text collate "C" not null,
      key text collate "C" not null,
      fingerprint text collate "C" not null,
      lease_token uuid not null,
      lease_until timestamptz not null,
      claimed_at timestamptz not null default now(),
      answer bytea,
      primary key (caller, key)
    )`.execute(db);
  await sql`create index idempotent_answers_claimed_at on idempotent_answers (claimed_at)`.execute(db);
}
