import { logger } from '#libs/telemetry/logger.js';

export interface Repeated {
  /** Ends after the run that is under way. */
  stop(): Promise<void>;
}

/** Does something at once, and again a while after each time it ended. A run that fails is logged; the next one comes all the same. */
export function repeat(what: string, everyMs: number, work: () => Promise<void>): Repeated {
  let stopped = false;
  let endPause: () => void = () => undefined;
  const ended = (async () => {
    while (!stopped) {
      await work().catch((error: unknown) => logger().warn({ error }, `${what} failed; it is repeated`));
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  const stop = (): Promise<void> => {
    stopped = true;
    endPause();
    return ended;
  };
  return { stop };
}
