import { ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from '@grpc/grpc-js';
import { mayCall, type Identity } from '#libs/contracts/callers.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { identityIn } from '#libs/security/identity.js';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import { toStatus } from '../errors.js';

const refused = counter('waybill_grpc_refused_calls_total', 'Calls of a service that the table does not allow it', [
  'caller',
  'method',
]);

/** Lets through what the table of callers allows the identity in the caller's certificate; the rest never reaches a handler. */
export const refuseStrangers: ServerInterceptor = ({ path }, call) => {
  const caller = callerOf(call);
  if (caller !== undefined && mayCall(caller, path)) return new ServerInterceptingCall(call);
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: () => {
          refused.inc({ caller: caller ?? 'unknown', method: path });
          logger().warn({ caller, path }, 'a call was refused: this identity may not make it');
          call.sendStatus(toStatus(forbidden(caller, path)));
        },
      }),
  });
};

const callers = new WeakMap<object, Identity | undefined>();

/** Read once per connection: to take a certificate apart costs more than a small call. */
function callerOf(call: ServerInterceptingCallInterface): Identity | undefined {
  const connection = connectionOf(call);
  if (connection !== undefined && callers.has(connection)) return callers.get(connection);
  const caller = identityIn(call.getAuthContext().sslPeerCertificate?.subjectaltname);
  if (connection !== undefined) callers.set(connection, caller);
  return caller;
}

/** The library shows it to nobody; were it to hide it better, each call would read its certificate again. */
function connectionOf(call: object): object | undefined {
  const { stream } = call as { readonly stream?: { readonly session?: object } };
  return stream?.session;
}

function forbidden(caller: Identity | undefined, path: string): WaybillError {
  const who = caller === undefined ? 'A certificate without a known identity' : `The identity ${caller}`;
  return new WaybillError('FORBIDDEN', `${who} may not call ${path}; libs/contracts/callers.ts says who may`);
}
