import { Kysely, PostgresDialect, sql } from 'kysely';
import { Client, Pool, types } from 'pg';
import { messageOf, WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';

/** Injection token of a service's `Kysely<…>`. */
export const DATABASE = Symbol('DATABASE');

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly pool: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly statementTimeoutMs?: number;
  /** How long a statement waits for a connection: to be free, or to be made. */
  readonly connectTimeoutMs?: number;
}

const INT8 = 20;

// Counts and sequence numbers stay far below 2^53; strings in their place would only invite mistakes.
types.setTypeParser(INT8, Number);

const NAME = /^\s*\/\* ([\w-]+) \*\//;

/**
 * Has a statement that begins with a name, as in `/* renew-hold *\/ with …`, planned once per connection instead of at
 * each execution: for the long ones that is most of their cost. The text under a name must never vary; the driver refuses it.
 */
class PreparingClient extends Client {
  override query = ((text: unknown, values: unknown, ...rest: unknown[]) => {
    const query = super.query.bind(this) as (...args: unknown[]) => unknown;
    const name = typeof text === 'string' ? NAME.exec(text)?.[1] : undefined;
    return name === undefined ? query(text, values, ...rest) : query({ name, text, values }, ...rest);
  }) as Client['query'];
}

/** Opens a pool on a service's own database. No connection is made before the first statement. */
export function openDatabase<Schema>({
  url,
  pool,
  name,
  statementTimeoutMs = 5_000,
  connectTimeoutMs = 3_000,
}: DatabaseOptions): Kysely<Schema> {
  const connections = new Pool({
    connectionString: url,
    max: pool,
    application_name: `waybill-${name}`,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    Client: PreparingClient,
  });
  // An idle connection that breaks is replaced by the pool; unheard, its error would end the process.
  connections.on('error', (error) => logger().warn({ error: messageOf(error) }, 'a database connection was lost'));
  // The pool listens while a connection is idle only. One that breaks in use fails its statement, and says so besides.
  connections.on('connect', (client) =>
    client.on('error', (error) => logger().debug({ error: messageOf(error) }, 'a database connection broke in use')),
  );
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: connections }) });
}

export async function pingDatabase(db: Kysely<never>): Promise<void> {
  await sql`select 1`.execute(db);
}

/** SQLSTATE classes of connection loss, shutdown, serialisation failure, deadlock, lock or statement timeout, resources. */
const TRANSIENT = /^(08|40|53|57|55P03|25P03)/;
const BROKEN_CONNECTION =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|Connection terminated|timeout exceeded when trying to connect/;

/** True for a database error that the same statement may not meet again. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return TRANSIENT.test(code) || BROKEN_CONNECTION.test(`${code} ${error.message}`);
}

/** A transient database error as UNAVAILABLE; any other error as it is. */
export function asUnavailable(error: unknown): unknown {
  if (!isTransient(error)) return error;
  return new WaybillError('UNAVAILABLE', 'The database does not answer; try again in a moment', {}, { cause: error });
}
