import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import {
  ProjectionState,
  type ListProjectionsResponse,
  type Projection,
  type Rebuild,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { PARTITIONS } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { lastPosition } from '#libs/messaging/stream/stream-ends.js';
import { DATABASE } from '#libs/persistence/database.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { logger } from '#libs/telemetry/logger.js';
import { Generations, type Generation } from '../generations/generations.js';
import { Projector } from '../project-events/projector.js';
import { StandingPartitions } from '../project-events/standing-partitions.js';
import { consumerOf } from '../projections/index.js';
import { PROJECTION_NAMES, type ProjectionName } from '../projections/projection.js';

interface CheckpointRow {
  readonly consumer: string;
  readonly partition: number;
  readonly position: number;
  readonly last_event_at: Date | null;
  readonly lag_p50_ms: number;
  readonly lag_p99_ms: number;
  readonly stopped: string | null;
}

type Ends = ReadonlyMap<number, number> | undefined;

/** How the projections are: which generation serves, how far it is behind, how a rebuild comes along. */
@Injectable()
export class ListProjections {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    private readonly callers: IdentifyCaller,
    private readonly generations: Generations,
    private readonly projector: Projector,
    private readonly standing: StandingPartitions,
  ) {}

  async execute(): Promise<ListProjectionsResponse> {
    await this.callers.withScope('ops');
    const ends = await this.ends();
    const [generations, checkpoints] = await Promise.all([this.generations.list(), this.checkpoints()]);
    const items = PROJECTION_NAMES.map(async (name) => ({
      ...describe(name, generations, checkpoints, ends),
      standing: [...(await this.standing.of(name))].sort(),
    }));
    return { items: await Promise.all(items) };
  }

  private async checkpoints(): Promise<readonly CheckpointRow[]> {
    const { rows } = await sql<CheckpointRow>`
      select consumer, partition, position, last_event_at, lag_p50_ms, lag_p99_ms, stopped
      from stream_checkpoints order by partition`.execute(this.db);
    return rows;
  }

  /** Undefined while the broker cannot be asked, be it for one stream: how far all is behind is not known then. */
  private async ends(): Promise<Ends> {
    const { broker } = this.projector;
    if (!broker?.usable) return undefined;
    try {
      const ends = await Promise.all(PARTITIONS.map((partition) => lastPosition(broker, partition)));
      return new Map(ends.map((end, partition) => [partition, end ?? -1]));
    } catch (error) {
      logger().warn({ error: messageOf(error) }, 'where the streams end is not known');
      return undefined;
    }
  }
}

function describe(
  name: ProjectionName,
  generations: readonly Generation[],
  checkpoints: readonly CheckpointRow[],
  ends: Ends,
): Omit<Projection, 'standing'> {
  const own = generations.filter(({ projection }) => projection === name);
  const live = own.find(({ state }) => state === 'live');
  const next = own.find(({ state }) => state === 'reading' || state === 'joining');
  const at = checkpoints.filter(({ consumer }) => live && consumer === consumerOf(name, live.generation));
  const stopped = at.flatMap(({ partition, stopped: reason }) => (reason === null ? [] : [{ partition, reason }]));
  const lastEventAt = latest(at);
  const behind =
    ends && at.reduce((sum, { partition, position }) => sum + Math.max(0, (ends.get(partition) ?? -1) - position), 0);
  return {
    name,
    state: stateOf({ live, next, stopped: stopped.length > 0 }),
    generation: live?.generation ?? 0,
    behind,
    lagP50Ms: Math.max(0, ...at.map(({ lag_p50_ms }) => lag_p50_ms)),
    lagP99Ms: Math.max(0, ...at.map(({ lag_p99_ms }) => lag_p99_ms)),
    lastEventAt,
    rebuild: next && rebuildOf(next),
    stopped,
  };
}

function stateOf({ live, next, stopped }: { live: unknown; next: unknown; stopped: boolean }): ProjectionState {
  if (stopped) return ProjectionState.STOPPED;
  if (!live) return ProjectionState.FIRST_BUILD;
  return next ? ProjectionState.REBUILDING : ProjectionState.LIVE;
}

function rebuildOf({
  generation,
  cause,
  state,
  orders_read,
  events_read,
  orders_total,
  requested_at,
}: Generation): Rebuild {
  return {
    generation,
    cause,
    phase: state,
    ordersRead: orders_read,
    eventsRead: events_read,
    ordersTotal: Math.max(orders_total, orders_read),
    startedAt: requested_at,
  };
}

function latest(at: readonly CheckpointRow[]): Date | undefined {
  const times = at.flatMap(({ last_event_at }) => last_event_at ?? []);
  return times.sort((one, other) => other.getTime() - one.getTime())[0];
}
