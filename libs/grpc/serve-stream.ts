import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { readContext } from './call-context.interceptor.js';
import { withCallContext } from './call-context.js';
import { toStatus } from './errors.js';

/** Serves a call whose requests are a stream, as grpc-js has it: `work` reads them on demand. Nest passes such calls by. */
export function serveStream<Request, Response>(
  call: ServerReadableStream<Request, Response>,
  done: sendUnaryData<Response>,
  work: () => Promise<Response>,
): void {
  withCallContext(readContext(call), work).then(
    (response) => done(null, response),
    (error: unknown) => {
      if (!isWaybillError(error)) logger().error({ error }, 'a call broke');
      done(toStatus(isWaybillError(error) ? error : new WaybillError('INTERNAL', 'Something is broken on our side')));
    },
  );
}
