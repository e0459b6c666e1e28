import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type QueryExecutorProvider, type Selectable } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { consumerOf, PROJECTIONS } from '../projections/index.js';
import type { ProjectionName } from '../projections/projection.js';
import type { Cause, GenerationsTable, OrderViewSchema } from '../schema.js';

/** A generation that has made room for another one meanwhile: nothing is switched. */
export class NotJoining extends Error {
  override readonly name = 'NotJoining';
}

export type Generation = Selectable<GenerationsTable>;

/** The generations of the projections: which one serves, which one is being built. */
@Injectable()
export class Generations {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OrderViewSchema>) {}

  /** All but those that are gone. */
  async list(): Promise<readonly Generation[]> {
    return this.db.selectFrom('projection_generations').selectAll().where('state', '<>', 'dropped').execute();
  }

  /** The one that serves. Undefined: none has been built yet. */
  async live(projection: ProjectionName): Promise<number | undefined> {
    const { rows } = await sql<{ generation: number }>`/* live-generation */
      select generation from projection_generations where projection = ${projection} and state = 'live'`.execute(
      this.db,
    );
    return rows[0]?.generation;
  }

  /**
   * Asks for a new generation. While one is being built it is that one, and so it is when the same key asks again.
   * @returns its number
   */
  async request(projection: ProjectionName, cause: Cause, key?: string): Promise<number> {
    const { rows } = await sql<{ generation: number }>`
      with known as (
        select generation from projection_generations
        where projection = ${projection} and (request_key = ${key ?? null} or state in ('reading', 'joining'))
        order by request_key is not distinct from ${key ?? null} desc limit 1
      ),
      made as (
        insert into projection_generations (projection, generation, state, cause, request_key)
        select ${projection}, coalesce(max(generation), 0) + 1, 'reading', ${cause}, ${key ?? null}
        from projection_generations where projection = ${projection}
        having not exists (select from known)
        on conflict do nothing
        returning generation
      )
      select generation from known union all select generation from made`.execute(this.db);
    // Nothing: another process has asked at the same moment, and its transaction was not to be seen yet.
    const [row] = rows;
    return row ? row.generation : this.request(projection, cause, key);
  }

  /**
   * The broker has forgotten what came after a checkpoint: the projection is built anew from the log of orders. A generation
   * that has not served yet makes room for the next one.
   */
  async replaceTruncated(projection: ProjectionName, generation: number): Promise<void> {
    const { numUpdatedRows } = await this.db
      .updateTable('projection_generations')
      .set({ state: 'retired' })
      .where('projection', '=', projection)
      .where('generation', '=', generation)
      .where('state', '=', 'joining')
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await forgetCheckpoints(this.db, projection, generation);
    const next = await this.request(projection, 'truncated');
    logger().warn(
      { projection, generation, next },
      'events were truncated before they were projected; building anew from the log',
    );
  }

  /**
   * Lets a new generation serve once it has come as far as the one before it: in one transaction, while nobody moves a checkpoint.
   * @returns whether it serves now
   */
  async switchTo(projection: ProjectionName, generation: number): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      await sql`lock table stream_checkpoints in share row exclusive mode`.execute(trx);
      const { rows } = await sql<{ generation: number; behind: boolean }>`
        select old.generation, exists (
          select from stream_checkpoints was join stream_checkpoints is_now using (partition)
          where was.consumer = ${projection} || '@' || old.generation
            and is_now.consumer = ${consumerOf(projection, generation)} and is_now.position < was.position) as behind
        from projection_generations old where old.projection = ${projection} and old.state = 'live'`.execute(trx);
      const [old] = rows;
      if (old?.behind) return false;
      if (old) await retire(trx, projection, old.generation);
      const { rows: serving } = await sql`
        update projection_generations set state = 'live', live_at = now()
        where projection = ${projection} and generation = ${generation} and state = 'joining'
        returning 1`.execute(trx);
      if (serving.length === 0) throw new NotJoining(`${projection} ${generation} is not wanted any more`);
      return true;
    });
  }

  /** Removes the tables of what was replaced. */
  async drop({ projection, generation }: Generation): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await sql`set local lock_timeout = '2s'`.execute(trx);
      await PROJECTIONS[projection].dropTables(trx, generation);
      await sql`
          update projection_generations set state = 'dropped'
          where projection = ${projection} and generation = ${generation}`.execute(trx);
    });
    logger().info({ projection, generation }, 'the tables of a replaced generation are removed');
  }
}

async function retire(trx: QueryExecutorProvider, projection: ProjectionName, generation: number): Promise<void> {
  await sql`
    update projection_generations set state = 'retired'
    where projection = ${projection} and generation = ${generation}`.execute(trx);
  await forgetCheckpoints(trx, projection, generation);
}

async function forgetCheckpoints(
  db: QueryExecutorProvider,
  projection: ProjectionName,
  generation: number,
): Promise<void> {
  await sql`delete from stream_checkpoints where consumer = ${consumerOf(projection, generation)}`.execute(db);
}
