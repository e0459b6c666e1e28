import { logger } from '#libs/telemetry/logger.js';

/** Other processes on the same database make work that nobody wakes this one for. */
const POLL_MS = 5_000;
const AFTER_A_FAILURE_MS = 500;

/**
 * Repeats a piece of work over rows with a due time: when woken, when the next row is due, and at each poll.
 * A failure is logged and tried again; the rows are still there.
 */
export class DueWork {
  private stopping = false;
  private woken = false;
  private endPause: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  /** `work` does what is due and tells in how many milliseconds the next row is (Infinity: there is none). */
  constructor(
    private readonly name: string,
    private readonly work: () => Promise<number>,
  ) {}

  start(): void {
    this.running = this.run();
  }

  wake(): void {
    this.woken = true;
    this.endPause();
  }

  /** Lets the piece of work in hand finish. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endPause();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      await this.pause(await this.attempt());
    }
  }

  private async attempt(): Promise<number> {
    try {
      return await this.work();
    } catch (error) {
      logger().warn({ error, work: this.name }, 'due work failed and is tried again');
      return AFTER_A_FAILURE_MS;
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    if (this.woken || this.stopping || milliseconds <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(Math.ceil(milliseconds), POLL_MS));
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
