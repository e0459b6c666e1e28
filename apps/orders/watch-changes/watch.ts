/** What a process knows of an order that somebody watches. */
export class WatchedOrder {
  /** The highest version that was heard of; there may be a higher one. */
  version = 0;
  watches = 0;
  readonly waiting = new Set<Waiter>();

  heardOf(version: number): void {
    if (version <= this.version) return;
    this.version = version;
    for (const waiter of [...this.waiting]) waiter.look();
  }

  /** Lets all go that wait. */
  release(): void {
    for (const waiter of [...this.waiting]) waiter.giveUp();
  }
}

interface Waiter {
  look(): void;
  giveUp(): void;
}

export interface Patience {
  /** For ever, unless given. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** One reader's watch on an order. */
export class Watch {
  constructor(
    private readonly watched: WatchedOrder,
    readonly close: () => void,
  ) {}

  /** The reader has seen this version. */
  seen(version: number): void {
    this.watched.heardOf(version);
  }

  isBeyond(version: number): boolean {
    return this.watched.version > version;
  }

  /** Waits until the order has gone beyond a version that the reader has seen. @returns false when the patience ended first */
  beyond(version: number, { waitMs = Infinity, signal }: Patience = {}): Promise<boolean> {
    const { waiting } = this.watched;
    this.seen(version);
    if (this.isBeyond(version)) return Promise.resolve(true);
    if (waitMs <= 0 || signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        waiting.delete(waiter);
        resolve(this.isBeyond(version));
      };
      const waiter = { look: () => this.isBeyond(version) && giveUp(), giveUp };
      const timer = Number.isFinite(waitMs) ? setTimeout(giveUp, waitMs) : undefined;
      signal?.addEventListener('abort', giveUp, { once: true });
      waiting.add(waiter);
    });
  }
}
