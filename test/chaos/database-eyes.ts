import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { isTransient } from '#libs/persistence/database.js';
import { databaseName } from '#libs/persistence/provision.js';

/** Longer than Postgres takes to come back. */
const PATIENCE_MS = 60_000;

/** A few connections to each database. The server is killed now and then: what is asked meanwhile is asked again. */
export class DatabaseEyes {
  private readonly pools = new Map<string, Pool>();

  constructor(
    private readonly adminUrl: string,
    private readonly auditorUrl: string,
  ) {}

  /** Rows of a service's own database, read as the auditor. */
  read<Row extends object>(service: string, query: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.ask(this.auditorUrl, databaseName(service), query, values);
  }

  /** As the administrator, in any database. */
  administer<Row extends object>(database: string, query: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.ask(this.adminUrl, database, query, values);
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
    this.pools.clear();
  }

  private async ask<Row extends object>(
    url: string,
    database: string,
    query: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const target = Object.assign(new URL(url), { pathname: `/${database}` }).toString();
    const pool = this.pools.get(target) ?? openPool(target);
    this.pools.set(target, pool);
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return (await pool.query<Row>(query, [...values])).rows;
      } catch (error) {
        if (!isTransient(error) || Date.now() > deadline) throw error;
        await pause(100);
      }
    }
  }
}

function openPool(connectionString: string): Pool {
  const pool = new Pool({
    connectionString,
    max: 3,
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
    application_name: 'chaos',
  });
  // A connection that breaks fails its query, which says so; unheard, its error would end the runner.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
