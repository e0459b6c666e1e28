import type { Checkpoint } from '#libs/messaging/stream/checkpoints.js';
import type { Projection, ProjectionName, Row } from '../projections/projection.js';

/** Rows that are remembered per generation, so that they need not be read again for the next event. */
const REMEMBERED = 4_000;

/** A generation that takes part in the streams, and the rows that this process wrote last. Nobody else writes those of its partitions. */
export class Target {
  private readonly rows = new Map<string, Row>();

  constructor(
    readonly projection: Projection,
    readonly generation: number,
    readonly consumer: string,
  ) {}

  get name(): ProjectionName {
    return this.projection.name;
  }

  row(orderId: string): Row | undefined {
    return this.rows.get(orderId);
  }

  /** The one not used for longest makes room. */
  remember(orderId: string, row: Row): void {
    this.rows.delete(orderId);
    this.rows.set(orderId, row);
    if (this.rows.size > REMEMBERED) this.rows.delete(this.rows.keys().next().value ?? orderId);
  }

  forgetAll(): void {
    this.rows.clear();
  }
}

/** How far a target has come in one partition. */
export interface Course {
  readonly target: Target;
  position: number;
  anchor: string | null;
  /** That nothing is missing behind its position was seen. */
  joined: boolean;
  /** The reading began before its position. */
  passed: boolean;
  /** Cannot go on before somebody does something. */
  stopped: boolean;
}

export function courseOf(target: Target, { position, anchor }: Checkpoint): Course {
  return { target, position, anchor, joined: false, passed: false, stopped: false };
}

/** `lost`: what comes after the checkpoint is gone, or the stream is another one. */
export type Continuity = 'unknown' | 'whole' | 'lost';

/**
 * Whether the stream goes on where a checkpoint stands, as far as one more message tells. What the broker has forgotten it
 * leaves out without a word, so the last message that was applied is asked for again, and has to be the same.
 */
export function continuity(course: Course, at: number, eventId: string | null): Continuity {
  const { position, anchor } = course;
  if (at < position) course.passed = true;
  if (at < position) return 'unknown';
  if (at === position) return anchor === null || anchor === eventId ? 'whole' : 'lost';
  return at === position + 1 || (course.passed && anchor === null) ? 'whole' : 'lost';
}
