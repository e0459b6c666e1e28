import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder } from 'kysely';

/** So many milliseconds from now by the database's clock, the only one that counts here. */
export function afterMs(milliseconds: number): RawBuilder<Date> {
  return sql<Date>`now() + ${milliseconds} * interval '1 millisecond'`;
}

/** How long until the time that a query answers with; Infinity when it answers with none. */
export async function msUntil<Schema>(
  db: Kysely<Schema>,
  time: SelectQueryBuilder<Schema, never, { at: Date }>,
): Promise<number> {
  const query = sql<{
    ms: number | null;
  }>`select (extract(epoch from at - now()) * 1000)::float8 as ms from (${time}) as due`;
  const { rows } = await query.execute(db);
  return rows[0]?.ms ?? Infinity;
}
