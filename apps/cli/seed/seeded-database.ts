import { Client } from 'pg';
import { copyStatement, type Spread, type Template } from './copy-statement.js';
import type { CopiedTable } from './copied-tables.js';

/** Copies that one statement makes: progress is seen, and no transaction grows without bound. */
const BATCH = 10_000;

/** One service's database, for as long as it is filled. */
export class SeededDatabase {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<SeededDatabase> {
    // Times in the JSON of a row are then in the form that the services write, whatever the server's zone is.
    const client = new Client({ connectionString: url, application_name: 'waybill-seed', options: '-c timezone=UTC' });
    await client.connect();
    await client.query('set synchronous_commit = off');
    return new SeededDatabase(client);
  }

  async execute(statement: string, values: readonly unknown[] = []): Promise<void> {
    await this.client.query(statement, [...values]);
  }

  /** An order's rows of one table, each as JSON. */
  async rowsOf({ table, where }: CopiedTable, orderId: string): Promise<string[]> {
    const { rows } = await this.client.query<{ row: string }>(
      `select to_jsonb(copied)::text as row from ${table} copied where ${where}`,
      [orderId],
    );
    return rows.map(({ row }) => row);
  }

  /** Copies `rows` of a table as numbers `from` up to `to`, without `to`. */
  async copy(
    table: string,
    rows: readonly string[],
    template: Template,
    spread: Spread,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<void> {
    const columns = await this.columnsOf(table);
    for (let first = from; first < to; first += BATCH) {
      const last = Math.min(first + BATCH, to) - 1;
      for (const row of rows)
        await this.client.query(copyStatement(table, columns, row, template, spread), [row, first, last]);
    }
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** What the database numbers by itself is left to it. */
  private async columnsOf(table: string): Promise<string[]> {
    const { rows } = await this.client.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'public' and table_name = $1 and is_identity = 'NO' order by ordinal_position`,
      [table],
    );
    return rows.map(({ name }) => name);
  }
}
