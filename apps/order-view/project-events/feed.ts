import type { QueryExecutorProvider } from 'kysely';
import type { BrokerConnection } from '#libs/messaging/connection.js';
import { stampCheckpoints, type Checkpoint } from '#libs/messaging/stream/checkpoints.js';
import { StreamReader, type StreamMessage } from '#libs/messaging/stream/stream-reader.js';
import { readMessage, type ReadMessage } from './read-message.js';
import { courseOf, type Course, type Target } from './target.js';

export interface Delivery {
  readonly feed: Feed;
  readonly position: number;
  readonly body: string;
  readonly read: ReadMessage;
  readonly traceparent?: unknown;
}

export interface FeedOptions {
  readonly connection: BrokerConnection;
  readonly db: QueryExecutorProvider;
  readonly partition: number;
  /** Of the lease under which it is read. */
  readonly epoch: number;
  readonly targets: ReadonlyMap<string, Target>;
  readonly ahead: number;
  readonly onChange: () => void;
}

/** One partition as this process reads it: once, for all generations that take part, from where the hindmost stands. */
export class Feed {
  readonly openedAt = performance.now();
  /** Whether anything has come at all. */
  private begun = false;
  /** When something came last, or it was asked why not. */
  private heardAt = this.openedAt;
  /** When something came last. */
  private toldAt = this.openedAt;

  private constructor(
    readonly partition: number,
    readonly epoch: number,
    readonly courses: readonly Course[],
    private readonly reader: StreamReader | undefined,
  ) {}

  /** From here on whoever read the partition before can write nothing of it. */
  static async open(options: FeedOptions): Promise<Feed> {
    const { connection, db, partition, epoch, targets, ahead, onChange } = options;
    const courses = (await stampCheckpoints(db, partition, epoch)).flatMap((checkpoint) => {
      const target = targets.get(checkpoint.consumer);
      return target ? [courseOf(target, checkpoint)] : [];
    });
    if (courses.length === 0) return new Feed(partition, epoch, courses, undefined);
    const from = Math.min(...courses.map(({ position, anchor }) => (anchor === null ? position + 1 : position)));
    return new Feed(
      partition,
      epoch,
      courses,
      await StreamReader.open(connection, { partition, from, ahead, onChange }),
    );
  }

  get ended(): boolean {
    return this.reader?.ended ?? false;
  }

  get waiting(): number {
    return this.reader?.size ?? 0;
  }

  /** Whether nothing has come for this long, and all that came before was taken. */
  isSilent(ms: number): boolean {
    return this.reader !== undefined && this.waiting === 0 && performance.now() - this.toldAt >= ms;
  }

  /**
   * True when somebody should ask why nothing comes: soon while it cannot tell whether its stream is still the one that its
   * checkpoints are of, now and then later on. Once it was told so, the time begins anew.
   */
  suspicious({ silentMs, quietMs }: { readonly silentMs: number; readonly quietMs: number }): boolean {
    const anchored = this.courses.some(({ anchor }) => anchor !== null);
    const patience = this.begun ? quietMs : silentMs;
    if (!anchored || performance.now() - this.heardAt <= patience) return false;
    this.heardAt = performance.now();
    return true;
  }

  /** Whether the stream, which ends there, has something for it that should have come by now. */
  misses(end: number): boolean {
    return !this.begun || (this.waiting === 0 && this.courses.some(({ position }) => position < end));
  }

  /** Whether all that was applied is applied still: what had not reached the disk is gone after a crash of the database. */
  agreesWith(checkpoints: readonly Checkpoint[]): boolean {
    return this.courses.every(({ target, position }) => {
      const found = checkpoints.find(
        ({ consumer, partition }) => consumer === target.consumer && partition === this.partition,
      );
      return found === undefined || found.position === position;
    });
  }

  take(most: number): Delivery[] {
    const messages: StreamMessage[] = this.reader?.take(most) ?? [];
    if (messages.length > 0) {
      this.begun = true;
      this.heardAt = this.toldAt = performance.now();
    }
    return messages.map(({ position, body, partition, traceparent }) => ({
      feed: this,
      position,
      body,
      read: readMessage({ body, partition }),
      traceparent,
    }));
  }

  done(position: number): void {
    this.reader?.done(position);
  }

  close(): Promise<void> {
    return this.reader?.close() ?? Promise.resolve();
  }
}
