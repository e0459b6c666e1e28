import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import type { ProjectionName } from '../projections/projection.js';

/** An answer is good enough for so long: reads come more often. */
const FRESH_MS = 500;

interface StandingRow {
  readonly partition: number;
  /** Null: all of them. */
  readonly projection: string | null;
}

/**
 * Partitions that go on in no process: nobody reads them, or they hold what cannot be applied. What a read model shows of them is
 * old, and how old nobody knows.
 */
@Injectable()
export class StandingPartitions {
  private askedAt = -Infinity;
  private answer: Promise<readonly StandingRow[]> = Promise.resolve([]);

  constructor(@Inject(DATABASE) private readonly db: Kysely<never>) {}

  async of(projection: ProjectionName): Promise<ReadonlySet<number>> {
    if (performance.now() - this.askedAt > FRESH_MS) {
      this.askedAt = performance.now();
      this.answer = this.ask();
    }
    const rows = await this.answer;
    return new Set(rows.filter((row) => (row.projection ?? projection) === projection).map((row) => row.partition));
  }

  /** A lease that ran out is another process's in a moment: some seconds are nobody's fault. */
  private async ask(): Promise<readonly StandingRow[]> {
    const { rows } = await sql<StandingRow>`/* standing-partitions */
      select partition, null as projection from stream_leases where until < now() - interval '5 seconds'
      union all
      select partition, projection from stream_checkpoints
      join projection_generations on consumer = projection || '@' || generation and state = 'live'
      where stopped is not null`.execute(this.db);
    return rows;
  }
}
