import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { logger } from '#libs/telemetry/logger.js';
import { DATABASE } from './database.js';

const EVERY_MS = 600_000;
const BATCH = 1_000;

export interface OldRows {
  readonly table: string;
  /** The time from which the days are counted. An index on it keeps each batch cheap. */
  readonly column: string;
  readonly days: number;
}

/** Deletes rows that are older than so many days, a batch per statement, so that nobody waits for it. */
export async function forgetOldRows(
  db: Kysely<never>,
  { table, column, days }: OldRows,
  batch = BATCH,
): Promise<number> {
  for (let forgotten = 0; ;) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where ctid = any (array(
        select ctid from ${sql.table(table)} where ${sql.ref(column)} < now() - ${days} * interval '1 day'
        limit ${batch} for update skip locked))`.execute(db);
    forgotten += Number(numAffectedRows);
    if (numAffectedRows < batch) return forgotten;
  }
}

const OLD_ROWS = Symbol('old rows');

/** Keeps a table from growing for ever; import it after DatabaseModule. */
@Module({})
export class ForgetOldRowsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(OLD_ROWS) private readonly rows: OldRows,
  ) {}

  static forTable(rows: OldRows): DynamicModule {
    return { module: ForgetOldRowsModule, providers: [{ provide: OLD_ROWS, useValue: rows }] };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.execute();
    }, EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  async execute(): Promise<void> {
    try {
      await forgetOldRows(this.db, this.rows);
    } catch (error) {
      logger().warn({ error, table: this.rows.table }, 'old rows could not be deleted; the next time will do');
    }
  }
}
