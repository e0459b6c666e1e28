import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import { context } from '@opentelemetry/api';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { observeServed, readContext } from './call-context.interceptor.js';
import { withCallContext } from './call-context.js';
import { toStatus } from './errors.js';
import { codeOf } from './observe-calls.js';

/** Serves a call whose requests are a stream, as grpc-js has it: `work` reads them on demand. Nest passes such calls by. */
export function serveStream<Request, Response>(
  call: ServerReadableStream<Request, Response>,
  done: sendUnaryData<Response>,
  work: () => Promise<Response>,
): void {
  const { within, end } = observeServed(call);
  context
    .with(within, () => withCallContext(readContext(call), work))
    .then(
      (response) => {
        end('OK');
        done(null, response);
      },
      (error: unknown) => {
        end(codeOf(error));
        if (!isWaybillError(error)) logger().error({ error }, 'a call broke');
        done(toStatus(isWaybillError(error) ? error : new WaybillError('INTERNAL', 'Something is broken on our side')));
      },
    );
}
