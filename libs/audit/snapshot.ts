import { Client, types } from 'pg';
import { logger } from '#libs/telemetry/logger.js';
import { SortedRows, type Identified } from './sorted-rows.js';

const INT8 = 20;
const NUMERIC = 1700;
types.setTypeParser(INT8, Number);
types.setTypeParser(NUMERIC, Number);

/** Rows of one answer of the database: few enough to be forgotten soon, many enough to be worth the way. */
const BATCH = 2_000;

/** Whoever looks may die: what it held open ends by itself. A database may wait a while for its turn when orders are joined. */
const SETTINGS = {
  application_name: 'waybill-verify',
  connectionTimeoutMillis: 10_000,
  idle_in_transaction_session_timeout: 300_000,
  keepAlive: true,
} as const;

/** One database as it was at one moment, read only. */
export class Snapshot {
  private cursors = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: Client) {}

  /** @throws what the database says; nothing is left open then. */
  static async open(url: string): Promise<Snapshot> {
    const client = new Client({ connectionString: url, ...SETTINGS });
    // Whatever is asked next fails and says so; unheard, the error would end the process.
    client.on('error', (error) => logger().debug({ error }, 'a snapshot was lost'));
    try {
      await client.connect();
      await client.query('begin isolation level repeatable read, read only');
      // All rows of a cursor are wanted, not the first ones soon. The first statement also fixes the moment.
      await client.query(`select set_config('cursor_tuple_fraction', '1', true), set_config('jit', 'off', true)`);
      return new Snapshot(client);
    } catch (error) {
      await client.end().catch(() => undefined); // it was never whole
      throw error;
    }
  }

  /** One query after the other: a connection does one thing at a time. */
  async rows<Row extends object>(query: string, values: readonly unknown[] = []): Promise<Row[]> {
    const answer = this.last.then(() => this.client.query<Row>(query, [...values]));
    this.last = answer.catch(() => undefined);
    return (await answer).rows;
  }

  /** Rows that the query gives by id, a batch at a time. */
  async sorted<Row extends Identified>(query: string): Promise<SortedRows<Row>> {
    const cursor = `rows_${++this.cursors}`;
    await this.rows(`declare ${cursor} no scroll cursor for ${query}`);
    return SortedRows.from(() => this.rows<Row>(`fetch ${BATCH} from ${cursor}`));
  }

  /** As {@link sorted}, of these ids in their order: they are the query's `$1`, some at a time. */
  chosen<Row extends Identified>(query: string, ids: readonly string[]): Promise<SortedRows<Row>> {
    let at = 0;
    return SortedRows.from(async () => {
      while (at < ids.length) {
        const rows = await this.rows<Row>(query, [ids.slice(at, (at += BATCH))]);
        if (rows.length > 0) return rows;
      }
      return [];
    });
  }

  /** Never fails: one that was lost is closed already. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
