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
  const write = (level: keyof typeof LEVELS, message: string, meta: LogMetadata = {}): void =>
    logger()[LEVELS[level]](fieldsOf(meta), message);
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

/**
 * What a line carries of the SDK's own. Its error is logged as every error is: a failure has its cause and details hung on it,
 * which would else be written whole, and without its message. The token by which an activity is completed is nobody's to read.
 */
export function fieldsOf(meta: LogMetadata): object {
  const { orderId, traceId, error, taskToken: _, ...temporal } = meta as Record<string, unknown>;
  const known = { orderId, traceId, error };
  return { ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)), temporal };
}
