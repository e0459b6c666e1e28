import { Latch, within } from '#libs/messaging/latch.js';

/** What another process applies is seen by looking. */
const LOOK_EVERY_MS = 200;

interface Waiting {
  readonly orderIds: readonly string[];
  readonly applied: Latch;
}

/** Reads that wait for what their callers have seen already. They ask the database again when there is something new to see. */
export class WaitingReads {
  private readonly waiting = new Set<Waiting>();
  private behind = 0;

  constructor(private readonly hurry: () => void) {}

  /** Whether a read waits just now. */
  get any(): boolean {
    return this.behind > 0;
  }

  /** Looks, and again after each batch with one of these orders. @returns whether it was there in time */
  async until(orderIds: readonly string[], ms: number, isThere: () => Promise<boolean>): Promise<boolean> {
    const end = performance.now() + ms;
    for (;;) {
      const waiting = { orderIds, applied: new Latch() };
      this.waiting.add(waiting); // before it looks: what is applied meanwhile is not missed
      try {
        if (await isThere()) return true;
        const left = end - performance.now();
        if (left <= 0) return false;
        await this.wait(Math.min(left, LOOK_EVERY_MS), waiting);
      } finally {
        this.waiting.delete(waiting);
      }
    }
  }

  /** A batch with events of these orders is applied. */
  applied(orderIds: ReadonlySet<string>): void {
    for (const { orderIds: awaited, applied } of this.waiting)
      if (awaited.some((id) => orderIds.has(id))) applied.open();
  }

  private async wait(ms: number, { applied }: Waiting): Promise<void> {
    this.behind += 1;
    this.hurry();
    try {
      await within(ms, applied.opened);
    } finally {
      this.behind -= 1;
    }
  }
}
