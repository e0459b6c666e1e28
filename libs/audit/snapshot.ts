import { Client, types } from 'pg';
import { SortedRows, type Identified } from './sorted-rows.js';

const INT8 = 20;
const NUMERIC = 1700;
types.setTypeParser(INT8, Number);
types.setTypeParser(NUMERIC, Number);

/** Rows of one answer of the database: few enough to be forgotten soon, many enough to be worth the way. */
const BATCH = 2_000;

/** One database as it was at one moment, read only. */
export class Snapshot {
  private cursors = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Snapshot> {
    const client = new Client({ connectionString: url, application_name: 'waybill-verify' });
    await client.connect();
    await client.query('begin isolation level repeatable read, read only');
    // All rows of a cursor are wanted, not the first ones soon. The first statement also fixes the moment.
    await client.query(`select set_config('cursor_tuple_fraction', '1', true), set_config('jit', 'off', true)`);
    return new Snapshot(client);
  }

  /** One query after the other: a connection does one thing at a time. */
  async rows<Row extends object>(query: string): Promise<Row[]> {
    const answer = this.last.then(() => this.client.query<Row>(query));
    this.last = answer.catch(() => undefined);
    return (await answer).rows;
  }

  /** Rows that the query gives by id, a batch at a time. */
  async sorted<Row extends Identified>(query: string): Promise<SortedRows<Row>> {
    const cursor = `rows_${++this.cursors}`;
    await this.rows(`declare ${cursor} no scroll cursor for ${query}`);
    return SortedRows.from(() => this.rows<Row>(`fetch ${BATCH} from ${cursor}`));
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
