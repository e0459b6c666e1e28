import { logger } from '#libs/telemetry/logger.js';

export interface Pace {
  /** Rest after each run. */
  readonly atLeastMs: number;
  /** Rest when nothing wakes it. */
  readonly atMostMs: number;
}

/**
 * Repeats a piece of work: soon after it was woken, and now and then in any case. Runs never overlap.
 * A run that fails is logged and repeated: what it left undone is still to be found in the database.
 */
export class BackgroundLoop {
  private stopped = false;
  private woken = false;
  private idle = false;
  private endRest: () => void = () => undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly work: () => Promise<unknown>,
    private readonly pace: Pace,
  ) {}

  start(): void {
    this.ended = this.run();
  }

  /** Cheap, and never fails. */
  wake(): void {
    this.woken = true;
    if (this.idle) this.endRest();
  }

  /** Ends after the run that is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.endRest();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      await this.work().catch((error: unknown) => logger().warn({ error }, `${this.name} failed; it is repeated soon`));
      await this.rest(this.pace.atLeastMs);
      this.idle = true;
      if (!this.woken) await this.rest(this.pace.atMostMs - this.pace.atLeastMs);
      this.idle = false;
    }
  }

  private async rest(ms: number): Promise<void> {
    if (this.stopped || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
