import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table customers (
      id text primary key,
      name text not null,
      email text not null check (email like '%_@_%'),
      wants_order_mail boolean not null default true,
      addresses jsonb not null default '[]',
      created_at timestamptz not null default now()
    )`.execute(db);
}
