import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { maskUrls } from '#libs/kernel/mask-urls.js';
import { loggedError } from './logged-error.js';
import { currentTraceId, noteOrder } from './tracing/current-trace.js';

/** What each log line of a piece of work carries. Never names, addresses or tokens. */
export interface LogContext {
  readonly orderId?: string;
}

const context = new AsyncLocalStorage<LogContext>();
let root: Logger = pino({ level: 'silent' });

/** Makes the process's logger: JSON lines on standard output, with the current order and trace id. Called once, at start; tests give an output of theirs. */
export function startLogging(service: string, level: string, output?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => ({ traceId: currentTraceId(), ...context.getStore() }),
    redact: ['authorization', '*.authorization', 'password', '*.password', 'secret', '*.secret', 'token', '*.token'],
    serializers: { error: loggedError, err: loggedError },
  };
  root = pino(options, output);
  return root;
}

/** The process's logger. Silent until `startLogging` was called, so that tests stay quiet. */
export function logger(): Logger {
  return root;
}

/** Runs `work`; every line that it logs carries `fields` besides those of the work around it, and its span tells the order. */
export function withLogContext<Result>(fields: LogContext, work: () => Result): Result {
  if (fields.orderId !== undefined) noteOrder(fields.orderId);
  return context.run({ ...context.getStore(), ...fields }, work);
}

export function logContext(): LogContext {
  return context.getStore() ?? {};
}

/** Nest's own messages through the same logger. Its start-up chatter is debug. */
export function nestLogger(log: Logger): LoggerService {
  const write =
    (level: 'debug' | 'error' | 'warn') =>
    (message: unknown, ...rest: unknown[]) => {
      const [context] = rest.slice(-1);
      log[level](
        { context },
        maskUrls(message instanceof Error ? (message.stack ?? message.message) : String(message)),
      );
    };
  return {
    log: write('debug'),
    debug: write('debug'),
    verbose: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('error'),
  };
}
