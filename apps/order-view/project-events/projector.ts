import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { messageOf, WaybillError } from '#libs/kernel/errors.js';
import { BrokerConnection } from '#libs/messaging/connection.js';
import { Latch, within } from '#libs/messaging/latch.js';
import { processingBatch } from '#libs/messaging/message-hops.js';
import { readCheckpoints, resetCheckpoint } from '#libs/messaging/stream/checkpoints.js';
import { PartitionLeases } from '#libs/messaging/stream/partition-leases.js';
import { endOf } from '#libs/messaging/stream/stream-ends.js';
import { DATABASE, isTransient } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { Generations } from '../generations/generations.js';
import { CONFIG, type OrderViewConfig } from '../order-view.config.js';
import { consumerOf, PROJECTIONS } from '../projections/index.js';
import { ReadOrderLog } from '../read-log/read-order-log.js';
import { applyBatch, halt } from './apply-batch.js';
import { CompareWithLog } from './compare-with-log.js';
import { Feed, type Delivery } from './feed.js';
import { LagWindow } from './lag-window.js';
import { partitionsHeld, stopped } from './projection-metrics.js';
import { orderOf } from './plan.js';
import { isRefused } from './refused.js';
import { Target } from './target.js';
import { WaitingReads } from './waiting-reads.js';

const LOOK_MS = 2_000;
/** How long an event waits for others while a read waits. */
const HURRIED_MS = 10;
const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 5_000;
/** What cannot be read is looked at again after this time: somebody may have mended it. */
const STOPPED_MS = 60_000;
/** The last message that was applied is asked for again; a stream that does not even have that is another one. */
const SILENCE_MS = 5_000;
/** So long after the last message it is asked whether there is more that does not come. */
const QUIET_MS = 60_000;

/**
 * Keeps the projections in step with the streams: reads the partitions that this process holds, and applies what has come to
 * every generation that takes part. The busier they are, the more it applies at once.
 */
@Injectable()
export class Projector implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Reads that wait for what is applied here. */
  readonly reads = new WaitingReads(() => this.hurried.open());
  private readonly leases: PartitionLeases;
  private readonly feeds = new Map<number, Feed>();
  private readonly targets = new Map<string, Target>();
  /** Partitions held whose streams could not be opened. */
  private readonly unread = new Set<number>();
  private readonly window = new LagWindow();
  private connection: BrokerConnection | undefined;
  /** When the broker could be reached last. */
  private reachedAt = performance.now();
  private woken = new Latch();
  private hurried = new Latch();
  private lookAt = 0;
  /** Until then one partition at a time is applied: something of one of them was refused. */
  private apartUntil = 0;
  private turn = 0;
  private backoffMs = 0;
  private stopping = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(CONFIG) private readonly config: OrderViewConfig,
    private readonly generations: Generations,
    private readonly log: ReadOrderLog,
    private readonly comparing: CompareWithLog,
  ) {
    const holder = `order-view@${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
    this.leases = new PartitionLeases(
      config.WAYBILL_DATABASE_URL,
      holder,
      () => this.look(),
      () => this.canRead(),
    );
  }

  /** The connection to the broker, for whoever looks at the streams. */
  get broker(): BrokerConnection | undefined {
    return this.connection;
  }

  /** How late events are projected just now; 0 where none come. */
  get recentLagMs(): number {
    return this.window.recent;
  }

  get holder(): string {
    return this.leases.holder;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.connection = await BrokerConnection.open({ url: this.config.WAYBILL_AMQP_URL, name: 'order-view-streams' });
    this.connection.onUsable(() => this.look());
    registerReadiness('streams', () => this.check(), { optional: true });
    this.leases.start();
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.loop;
    await this.leases.stop();
    await Promise.all([...this.feeds.values()].map((feed) => feed.close()));
    await this.connection?.close();
  }

  /** Looks at leases and generations now. */
  look(): void {
    this.lookAt = 0;
    this.wake();
  }

  private wake(): void {
    this.woken.open();
  }

  /** A broker that is away for a moment, or was not asked yet, costs no partition. */
  private canRead(): boolean {
    if (this.connection?.connected) this.reachedAt = performance.now();
    return performance.now() - this.reachedAt < this.config.WAYBILL_PROJECTION_CUT_OFF;
  }

  private async check(): Promise<void> {
    if (!this.connection?.connected)
      throw new WaybillError('UNAVAILABLE', 'The broker cannot be reached; the read models stand still');
    if (this.unread.size > 0)
      throw new WaybillError('UNAVAILABLE', `The streams of partitions ${[...this.unread].join(', ')} cannot be read`);
    const still = [...this.feeds.values()].filter(({ courses }) => courses.some((course) => course.stopped));
    if (still.length > 0)
      throw new WaybillError(
        'UNAVAILABLE',
        `Partitions ${still.map(({ partition }) => partition).join(', ')} hold events that cannot be read or kept`,
      );
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = new Latch();
      try {
        await this.follow();
        if (this.waiting === 0) await within(LOOK_MS, this.woken.opened);
        else await this.work();
        this.backoffMs = 0;
      } catch (error) {
        await this.startOver(error);
      }
    }
  }

  private get waiting(): number {
    return [...this.feeds.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Whatever went wrong, nothing is half done: what was not applied is delivered again. */
  private async startOver(error: unknown): Promise<void> {
    logger().warn({ error: messageOf(error) }, 'events could not be projected; beginning again at the checkpoints');
    if (isRefused(error)) this.apartUntil = performance.now() + STOPPED_MS;
    for (const target of this.targets.values()) target.forgetAll();
    await Promise.all([...this.feeds.values()].map((feed) => feed.close()));
    this.feeds.clear();
    this.lookAt = 0;
    this.backoffMs = Math.min(Math.max(FIRST_BACKOFF_MS, this.backoffMs * 2), LAST_BACKOFF_MS);
    if (!this.stopping) await within(this.backoffMs, new Latch().opened);
  }

  /** A moment's patience, so that what comes together is applied together. */
  private async work(): Promise<void> {
    const { WAYBILL_PROJECTION_LINGER_MS: linger, WAYBILL_PROJECTION_BATCH: batch } = this.config;
    this.hurried = new Latch();
    const patience = this.reads.any ? Math.min(HURRIED_MS, linger) : linger;
    if (this.waiting < batch) await within(patience, this.hurried.opened);
    const deliveries = this.take(batch);
    if (deliveries.length === 0) return;
    const sent = deliveries.map(({ traceparent }) => traceparent);
    await processingBatch('waybill.stream', sent, () => this.apply(deliveries)).catch((error: unknown) =>
      this.giveUp(deliveries, error),
    );
    this.conclude(deliveries);
  }

  private apply(deliveries: readonly Delivery[]): Promise<void> {
    return applyBatch(this.db, this.targets.values(), deliveries, {
      readEvents: (orderId, afterVersion) => this.log.after(orderId, afterVersion),
      window: this.window,
      onLost: ({ name, generation }) => this.generations.replaceTruncated(name, generation),
    });
  }

  /** What would be refused again and again stops its own partition, once it is known which one that is. */
  private async giveUp(deliveries: readonly Delivery[], error: unknown): Promise<void> {
    const [feed, another] = new Set(deliveries.map((delivery) => delivery.feed));
    if (!isRefused(error) || feed === undefined || another !== undefined) throw error;
    for (const course of feed.courses)
      if (!course.stopped) await halt(this.db, { feed, course, reason: messageOf(error) });
  }

  /** A partition that has much to say does not keep the others waiting. */
  private take(batch: number): Delivery[] {
    const held = this.leases.held;
    const feeds = [...this.feeds.values()].filter(
      (feed) => held.get(feed.partition) === feed.epoch && feed.waiting > 0,
    );
    if (performance.now() < this.apartUntil) {
      this.turn += 1;
      return feeds[this.turn % feeds.length]?.take(batch) ?? [];
    }
    return feeds.flatMap((feed) => feed.take(Math.ceil(batch / feeds.length)));
  }

  private conclude(deliveries: readonly Delivery[]): void {
    const last = new Map(deliveries.map((delivery) => [delivery.feed, delivery]));
    for (const [feed, { position, read }] of last) {
      for (const course of feed.courses) {
        if (course.stopped || course.position >= position) continue;
        course.position = position;
        course.anchor = read.kind === 'odd' ? null : read.eventId;
        course.joined = true;
      }
      feed.done(position);
    }
    this.reads.applied(new Set(deliveries.flatMap(({ read }) => orderOf(read) ?? [])));
  }

  /** Reads what is to be read: the partitions held, for the generations that take part. */
  private async follow(): Promise<void> {
    if (performance.now() < this.lookAt) return;
    this.lookAt = performance.now() + LOOK_MS;
    const changed = await this.refreshTargets();
    const held = this.leases.held;
    const checkpoints = await readCheckpoints(this.db, [...this.feeds.keys()]);
    for (const feed of this.feeds.values()) {
      const out =
        changed ||
        !feed.agreesWith(checkpoints) ||
        held.get(feed.partition) !== feed.epoch ||
        feed.ended ||
        this.isToBeReopened(feed);
      if (out) await this.drop(feed);
      else if (feed.suspicious({ silentMs: SILENCE_MS, quietMs: QUIET_MS })) await this.recognise(feed);
    }
    if (this.connection?.usable && this.targets.size > 0) await this.openMissing(this.connection, held);
    if (this.connection?.usable)
      for (const { name, generation } of await this.comparing.lacking(this.feeds.values()))
        await this.generations.replaceTruncated(name, generation);
    partitionsHeld.set(this.feeds.size);
  }

  private async refreshTargets(): Promise<boolean> {
    const active = (await this.generations.list()).filter(({ state }) => state === 'live' || state === 'joining');
    const wanted = new Map(active.map((of) => [consumerOf(of.projection, of.generation), of]));
    const gone = [...this.targets.keys()].filter((consumer) => !wanted.has(consumer));
    const added = [...wanted].filter(([consumer]) => !this.targets.has(consumer));
    for (const consumer of gone) this.targets.delete(consumer);
    for (const [consumer, { projection, generation }] of added)
      this.targets.set(consumer, new Target(PROJECTIONS[projection], generation, consumer));
    return gone.length + added.length > 0;
  }

  private isToBeReopened({ courses, openedAt }: Feed): boolean {
    return courses.some((course) => course.stopped) && performance.now() - openedAt > STOPPED_MS;
  }

  /** A stream that is gone is put back, and looked at again later; the other partitions go on. */
  private async openMissing(connection: BrokerConnection, held: ReadonlyMap<number, number>): Promise<void> {
    this.unread.clear();
    for (const [partition, epoch] of held) {
      if (this.feeds.has(partition)) continue;
      await this.open(connection, partition, epoch).catch((error: unknown) => {
        if (isTransient(error)) throw error;
        logger().warn({ partition, error: messageOf(error) }, 'a stream cannot be read; trying again in a moment');
        this.unread.add(partition);
      });
    }
    if (this.unread.size > 0) await connection.redeclare();
  }

  private async open(connection: BrokerConnection, partition: number, epoch: number): Promise<void> {
    const { targets, db } = this;
    const ahead = this.config.WAYBILL_PROJECTION_AHEAD;
    const feed = await Feed.open({ connection, db, partition, epoch, targets, ahead, onChange: () => this.wake() });
    for (const { target } of feed.courses) stopped.set({ projection: target.name, partition }, 0);
    this.feeds.set(partition, feed);
  }

  /** Rows of a partition that is somebody else's by now are not to be believed any more. */
  private async drop(feed: Feed): Promise<void> {
    this.feeds.delete(feed.partition);
    for (const target of this.targets.values()) target.forgetAll();
    if (feed.ended) this.wake();
    await feed.close();
  }

  /**
   * Nothing comes. Either there is nothing, or the stream was made anew, or the broker has removed the part that it was reading
   * from and waits for what will never be written there: such a reader is opened again.
   */
  private async recognise(feed: Feed): Promise<void> {
    if (!this.connection?.usable) return;
    const end = await endOf(this.connection, feed.partition).catch(() => undefined); // it is asked again at the next look
    if (end === undefined) return;
    const beyond = feed.courses.filter(({ position }) => position > end);
    for (const { target } of beyond) {
      // First: a checkpoint that is back at the beginning would not be recognised again.
      await this.generations.replaceTruncated(target.name, target.generation);
      await resetCheckpoint(this.db, { consumer: target.consumer, partition: feed.partition }, feed.epoch);
    }
    if (beyond.length === 0) {
      if (!feed.misses(end)) return;
      logger().warn({ partition: feed.partition, end }, 'a stream has more than it tells; it is read anew');
    }
    await this.drop(feed);
  }
}
