import { sql, type Kysely } from 'kysely';

/**
 * What operators did: begun in one table, ended in another, so that neither row is ever written again. No foreign key between
 * them: it would lock rows of the first, for which Postgres wants the right to update them.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table operator_actions (
      id uuid primary key,
      at timestamptz not null default now(),
      operator text collate "C" not null,
      action text collate "C" not null,
      target text not null,
      reason text,
      trace_id text not null
    )`.execute(db);
  await sql`
    create table operator_action_ends (
      action_id uuid primary key,
      outcome text not null,
      at timestamptz not null default now()
    )`.execute(db);
  await sql`create index operator_actions_by_operator on operator_actions (operator, id)`.execute(db);
  await sql`create index operator_actions_by_action on operator_actions (action, id)`.execute(db);
  await makeAppendOnly(db, 'operator_actions');
  await makeAppendOnly(db, 'operator_action_ends');
}

/** For the role that owns it too: what it is not granted it would have to grant itself first, and the trigger would still refuse. */
async function makeAppendOnly(db: Kysely<never>, table: string): Promise<void> {
  await sql`revoke update, delete, truncate on ${sql.table(table)} from current_user`.execute(db);
  await sql`
    create trigger ${sql.id(`${table}_are_append_only`)} before update or delete or truncate on ${sql.table(table)}
    for each statement execute function refuse_to_rewrite_actions()`.execute(db);
}
