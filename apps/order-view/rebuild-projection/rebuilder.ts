import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { PARTITIONS } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { Latch, within } from '#libs/messaging/latch.js';
import { positionNearEnd } from '#libs/messaging/stream/stream-ends.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { Generations, type Generation } from '../generations/generations.js';
import { CONFIG, type OrderViewConfig } from '../order-view.config.js';
import { Projector } from '../project-events/projector.js';
import { consumerOf, PROJECTIONS } from '../projections/index.js';
import { PROJECTION_NAMES } from '../projections/projection.js';
import { ReadOrderLog } from '../read-log/read-order-log.js';
import { restAfter } from './pace.js';
import { BuildLost, claimBuild, readIntoGeneration } from './build.js';

const LOOK_MS = 2_000;
/** What fails at a start, beside others that start, is there a moment later. */
const RETRY_MS = 500;
const JOINING_MS = 50;

/**
 * Builds generations that were asked for, one at a time: notes where the streams end, reads the log of orders once, joins the streams where
 * it noted, and lets the new one serve once it has caught up. Until then the one before serves, and is kept up to date.
 */
@Injectable()
export class Rebuilder implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private woken = new Latch();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(CONFIG) private readonly config: OrderViewConfig,
    private readonly generations: Generations,
    private readonly log: ReadOrderLog,
    private readonly projector: Projector,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.loop;
  }

  /** There is something to build. */
  wake(): void {
    this.woken.open();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = new Latch();
      const pauseMs = await this.work().then(
        (found) => (found ? 0 : LOOK_MS),
        (error: unknown) => {
          logger().warn({ error: messageOf(error) }, 'a projection could not be built; trying again');
          return RETRY_MS;
        },
      );
      if (pauseMs > 0 && !this.stopping.signal.aborted) await within(pauseMs, this.woken.opened);
    }
  }

  /** @returns whether there was something to build */
  private async work(): Promise<boolean> {
    const all = await this.generations.list();
    for (const name of PROJECTION_NAMES)
      if (!all.some(({ projection }) => projection === name)) await this.generations.request(name, 'first');
    for (const generation of all.filter(({ state }) => state === 'retired')) await this.generations.drop(generation);
    // Whoever cannot reach the broker leaves it to others: he could neither note where the streams end nor join them.
    if (!this.projector.broker?.usable) return false;
    for (const generation of all.filter(({ state }) => state === 'reading' || state === 'joining')) {
      const claimed = await claimBuild(this.db, generation, this.projector.holder);
      if (!claimed) continue;
      if (generation.state === 'reading') await this.read(generation, claimed);
      await this.join(generation);
      return true;
    }
    return all.length === 0;
  }

  private async read(of: Generation, claimed: NonNullable<Awaited<ReturnType<typeof claimBuild>>>): Promise<void> {
    const { projection, generation } = of;
    const began = performance.now();
    if (!(await this.prepared(of))) await this.prepare(of);
    const conduct = { signal: this.stopping.signal, rest: (ms: number) => this.rest(ms) };
    await readIntoGeneration(this.db, this.log, of, claimed, conduct);
    const { rows } = await sql<{ events_read: number }>`
      update projection_generations set state = 'joining'
      where projection = ${projection} and generation = ${generation} and builder_epoch = ${claimed.epoch} and state = 'reading'
      returning events_read`.execute(this.db);
    if (rows.length === 0) throw new BuildLost('Another process builds this generation, or nobody needs it any more');
    const seconds = (performance.now() - began) / 1_000;
    const events = (rows[0]?.events_read ?? 0) - claimed.eventsRead;
    logger().info({ projection, generation, events, seconds, rate: Math.round(events / seconds) }, 'the log is read');
  }

  /** Who places orders and reads them comes first. */
  private async rest(workedMs: number): Promise<void> {
    const { WAYBILL_REBUILD_YIELD_LAG: yieldLagMs, WAYBILL_REBUILD_SHARE: share } = this.config;
    const ms = restAfter(workedMs, this.projector.recentLagMs, { yieldLagMs, share });
    if (ms > 0) await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined); // it ends when this process does
  }

  private async prepared({ projection, generation }: Generation): Promise<boolean> {
    const consumer = consumerOf(projection, generation);
    const { rows } = await sql`select from stream_checkpoints where consumer = ${consumer} limit 1`.execute(this.db);
    return rows.length > 0;
  }

  /** Where the streams end is noted before the log is read: nothing falls in between. The tables are made with it. */
  private async prepare({ projection, generation }: Generation): Promise<void> {
    const { broker } = this.projector;
    if (!broker?.usable) throw new BuildLost('The broker cannot be reached: where the streams end is not known');
    const ends = await Promise.all(PARTITIONS.map((partition) => positionNearEnd(broker, partition)));
    await this.db.transaction().execute(async (trx) => {
      await PROJECTIONS[projection].createTables(trx, generation);
      await sql`
        insert into stream_checkpoints (consumer, partition, position)
        select ${consumerOf(projection, generation)}, partition, position
        from unnest(${[...PARTITIONS]}::smallint[], ${ends.map((end) => (end ?? 0) - 1)}::bigint[]) as noted (partition, position)`.execute(
        trx,
      );
    });
  }

  private async join({ projection, generation }: Generation): Promise<void> {
    this.projector.look();
    while (!this.stopping.signal.aborted) {
      if (await this.generations.switchTo(projection, generation)) {
        logger().info({ projection, generation }, 'a new generation serves');
        this.projector.look();
        return;
      }
      await this.claimOn(projection, generation);
      await within(JOINING_MS, new Latch().opened);
    }
  }

  private async claimOn(projection: Generation['projection'], generation: number): Promise<void> {
    const claimed = await claimBuild(this.db, { projection, generation }, this.projector.holder);
    if (!claimed) throw new BuildLost('Another process builds this generation, or nobody needs it any more');
  }
}
