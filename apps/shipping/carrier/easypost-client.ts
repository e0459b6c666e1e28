import EasyPost from '@easypost/api';
import { WaybillError } from '#libs/kernel/errors.js';
import { remainingMs } from '#libs/grpc/call-context.js';

export interface EasyPostOptions {
  readonly apiKey: string;
  /** Where the API is, when it is not EasyPost itself: the simulator. */
  readonly url?: string | undefined;
  readonly timeoutMs: number;
}

/** The SDK's types are written for CommonJS: as an ES module its default export is the client itself. */
const EasyPostClient = EasyPost as unknown as typeof EasyPost.default;
export type EasyPostClient = InstanceType<typeof EasyPost.default>;

interface Request {
  timeout: (milliseconds: number) => Request;
}

/** Left of the served call's deadline for storing what the carrier said, and for answering. */
const RESERVE_MS = 500;

/**
 * The official client, without retries. Its own `timeout` option has no effect (8.9 never hands it to a request), so each
 * request is given one here: the configured time, or less where the deadline of the call that is being served is nearer.
 */
export function easyPostClient({ apiKey, url, timeoutMs }: EasyPostOptions): EasyPostClient {
  return new EasyPostClient(apiKey, {
    ...(url !== undefined && { baseUrl: new URL('v2/', url.endsWith('/') ? url : `${url}/`).href }),
    requestMiddleware: (request: Request) => request.timeout(timeLeft(timeoutMs)),
  });
}

function timeLeft(timeoutMs: number): number {
  const left = Math.min(timeoutMs, remainingMs(timeoutMs + RESERVE_MS) - RESERVE_MS);
  if (left > 0) return left;
  throw new WaybillError('DEADLINE_EXCEEDED', 'No time is left to call the carrier; call again with a later deadline');
}
