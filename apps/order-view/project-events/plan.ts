import type { QueryExecutorProvider } from 'kysely';
import { messageOf } from '#libs/kernel/errors.js';
import type { Move } from '#libs/messaging/stream/checkpoints.js';
import type { Change, LoggedEvent, Row } from '../projections/projection.js';
import { UnreadableLog } from '../read-log/logged-events.js';
import type { Delivery, Feed } from './feed.js';
import { projected } from './projection-metrics.js';
import { continuity, type Course, type Target } from './target.js';

/** What the log of orders says of one of them after a version. */
export type ReadEvents = (orderId: string, afterVersion: number) => Promise<readonly LoggedEvent[]>;

/** What a batch does to one generation. */
export interface Plan {
  readonly target: Target;
  readonly changes: readonly Change<Row>[];
  readonly moves: readonly Move[];
  readonly stops: readonly Stop[];
  /** Events are missing behind a checkpoint. */
  readonly lost: boolean;
}

export interface Stop {
  readonly feed: Feed;
  readonly course: Course;
  readonly reason: string;
}

interface Draft {
  before: Row | undefined;
  after: Row | undefined;
  readonly events: LoggedEvent[];
}

/** Folds a batch into the rows of one generation. Nothing is written, and nothing of the target changes yet. */
export class Planner {
  private readonly drafts = new Map<string, Draft>();
  private readonly moves = new Map<Feed, Move>();
  private readonly stops: Stop[] = [];
  private lost = false;
  private readonly outcomes = { applied: 0, repeated: 0, fetched: 0, passed: 0 };

  constructor(
    private readonly target: Target,
    private readonly readEvents: ReadEvents,
    private readonly note: (delivery: Delivery, reason: string) => void,
  ) {}

  /** @throws whatever keeps it from being known now: the batch is to be planned anew, later */
  async plan(db: QueryExecutorProvider, deliveries: readonly Delivery[]): Promise<Plan> {
    const due = deliveries.flatMap((delivery) => {
      const course = delivery.feed.courses.find(({ target }) => target === this.target);
      return course && !course.stopped && this.isDue(delivery, course) ? [{ delivery, course }] : [];
    });
    await this.load(
      db,
      due.map(({ delivery }) => delivery),
    );
    for (const { delivery, course } of due) {
      if (this.stops.some(({ feed }) => feed === delivery.feed)) continue;
      await this.go(delivery, course);
    }
    for (const [outcome, count] of Object.entries(this.outcomes))
      projected.inc({ projection: this.target.name, outcome }, count);
    return {
      target: this.target,
      changes: this.changes(),
      moves: [...this.moves.values()],
      stops: this.stops,
      lost: this.lost,
    };
  }

  private isDue({ position, read }: Delivery, course: Course): boolean {
    if (!course.joined) {
      const found = continuity(course, position, read.kind === 'odd' ? null : read.eventId);
      this.lost ||= found === 'lost';
      course.joined = found !== 'unknown';
    }
    return position > course.position;
  }

  private async load(db: QueryExecutorProvider, deliveries: readonly Delivery[]): Promise<void> {
    const ids = new Set(deliveries.flatMap(({ read }) => orderOf(read) ?? []));
    const unknown: string[] = [];
    for (const id of ids) {
      const row = this.target.row(id);
      if (row) this.drafts.set(id, { before: row, after: row, events: [] });
      else unknown.push(id);
    }
    if (unknown.length === 0) return;
    const rows = await this.target.projection.load(db, this.target.generation, unknown);
    for (const id of unknown) this.drafts.set(id, { before: rows.get(id), after: rows.get(id), events: [] });
  }

  private async go(delivery: Delivery, course: Course): Promise<void> {
    try {
      await this.apply(delivery);
    } catch (error) {
      if (!(error instanceof UnreadableLog) && !(error instanceof FoldFailed)) throw error;
      this.stops.push({ feed: delivery.feed, course, reason: messageOf(error) });
      return;
    }
    this.move(delivery, course);
  }

  private async apply(delivery: Delivery): Promise<void> {
    const { read } = delivery;
    const orderId = orderOf(read);
    const draft = orderId === undefined ? undefined : this.drafts.get(orderId);
    if (read.kind === 'odd' || orderId === undefined || draft === undefined) {
      this.outcomes.passed += 1;
      return;
    }
    const at = draft.after?.version ?? 0;
    const version = read.kind === 'event' ? read.logged.version : read.version;
    if (version <= at) this.outcomes.repeated += 1;
    else if (read.kind === 'event' && version === at + 1) this.fold(draft, read.logged, 'applied');
    else await this.fill(delivery, draft, orderId, version);
  }

  /** What is missing, or cannot be read here, stands in the log. */
  private async fill(delivery: Delivery, draft: Draft, orderId: string, version: number): Promise<void> {
    for (const event of await this.readEvents(orderId, draft.after?.version ?? 0)) this.fold(draft, event, 'fetched');
    if ((draft.after?.version ?? 0) < version)
      this.note(delivery, `the log of order ${orderId} has no event ${version}`);
  }

  private fold(draft: Draft, event: LoggedEvent, outcome: 'applied' | 'fetched'): void {
    try {
      draft.after = this.target.projection.fold(draft.after, event);
    } catch (error) {
      throw new FoldFailed(`Event ${event.version} of order ${event.orderId} cannot be applied: ${messageOf(error)}`, {
        cause: error,
      });
    }
    draft.events.push(event);
    this.outcomes[outcome] += 1;
  }

  private move({ feed, position, read }: Delivery, course: Course): void {
    const before = this.moves.get(feed);
    this.moves.set(feed, {
      consumer: this.target.consumer,
      partition: feed.partition,
      from: course.position,
      to: position,
      anchor: read.kind === 'odd' ? null : read.eventId,
      epoch: feed.epoch,
      lastEventAt: read.kind === 'event' ? read.logged.occurredAt.toISOString() : (before?.lastEventAt ?? null),
    });
  }

  private changes(): Change<Row>[] {
    return [...this.drafts].flatMap(([orderId, { before, after, events }]) =>
      after === undefined || events.length === 0 ? [] : [{ orderId, before, after, events }],
    );
  }
}

class FoldFailed extends Error {
  override readonly name = 'FoldFailed';
}

/** The order that a message is about. */
export function orderOf(read: Delivery['read']): string | undefined {
  switch (read.kind) {
    case 'odd':
      return undefined;
    case 'event':
      return read.logged.orderId;
    case 'unreadable':
      return read.orderId;
  }
}
