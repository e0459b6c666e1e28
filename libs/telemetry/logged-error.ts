import { pino } from 'pino';
import { maskUrls } from '#libs/kernel/mask-urls.js';

/** What of an error's own is worth a line. */
const TOLD = ['code', 'details', 'status', 'statusCode', 'table', 'constraint'] as const;

/**
 * An error as it may be logged: what it is, and where it came from. Nothing else that a library has hung on it: those of HTTP
 * clients carry the request with its Authorization, those of the database the row, those of URLs the password.
 */
export function loggedError(error: unknown): unknown {
  if (error === undefined || error === null) return error;
  if (!isErrorLike(error)) return typeof error === 'string' ? maskUrls(error) : `a thrown ${typeof error}`;
  const { type, message, stack } = pino.stdSerializers.err(error);
  const told = TOLD.flatMap((name) => (error[name] === undefined ? [] : [[name, error[name]] as const]));
  return { type, message: maskUrls(message), stack: maskUrls(stack ?? ''), ...Object.fromEntries(told) };
}

/** Libraries throw what is no Error, yet looks like one. */
function isErrorLike(error: unknown): error is Error & Readonly<Partial<Record<(typeof TOLD)[number], unknown>>> {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
