import { Runtime, type LogMetadata } from '@temporalio/worker';
import { logger } from '#libs/telemetry/logger.js';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

let installed = false;

/**
 * Sends the SDK's own messages to the process's logger, and leaves signals to the service: by default the SDK would stop
 * its workers by itself.
 */
export function installTemporalRuntime(): void {
  if (installed) return;
  installed = true;
  const write = (level: keyof typeof LEVELS, message: string, meta: LogMetadata = {}): void => {
    const { orderId, traceId, ...temporal } = meta as Record<string, unknown>;
    const known = { ...(orderId !== undefined && { orderId }), ...(traceId !== undefined && { traceId }) };
    logger()[LEVELS[level]]({ ...known, temporal }, message);
  };
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => write(level, message, meta),
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  });
}
