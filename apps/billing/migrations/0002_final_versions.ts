import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  // No reference to orders: that nothing can be amended any more may be heard of before the order.
  await sql`create table final_versions (order_id uuid primary key, version integer not null)`.execute(db);
  // Of the orders from before nobody will tell it once more: they are invoiced as they are known.
  await sql`insert into final_versions select order_id, version from orders`.execute(db);
}
