import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { context } from '@opentelemetry/api';
import { Observable, throwError, type Subscriber } from 'rxjs';
import { isId } from '#libs/kernel/ids.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import { assertSomebodyWaits, REPLAYED, withCallContext, type CallContext } from './call-context.js';
import { beginServed, codeOf, type ObservedCall } from './observe-calls.js';

/** One for all: without a reason each abort would make an exception of its own. */
const GONE = new Error('The caller has gone, or its deadline has passed');

/** Makes what came with a gRPC call (deadline, token, key, trace) known to everything that serves it, and measures the call. */
@Injectable()
export class CallContextInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [request, , call] = execution.getArgs<[unknown, Metadata, ServerUnaryCall<unknown, unknown> | undefined]>();
    if (execution.getType() !== 'rpc' || typeof call?.getDeadline !== 'function') return next.handle();
    const orderId = orderIn(request);
    const fields = orderId === undefined ? {} : { orderId };
    return new Observable((subscriber) => {
      const observed = observeServed(call);
      const serve = () => begun(next).subscribe(reporting(subscriber, observed));
      subscriber.add(() => observed.end('CANCELLED'));
      return context.with(observed.within, () =>
        withCallContext(readContext(call), () => withLogContext(fields, serve)),
      );
    });
  }
}

/** A call as a hop of the trace that came with it. */
export function observeServed(call: Pick<ServerUnaryCall<unknown, unknown>, 'getPath' | 'metadata'>): ObservedCall {
  return beginServed(call.getPath(), call.metadata.get('traceparent')[0]);
}

function reporting(subscriber: Subscriber<unknown>, { end }: ObservedCall) {
  return {
    next: (value: unknown) => subscriber.next(value),
    error: (error: unknown) => {
      end(codeOf(error));
      subscriber.error(error);
    },
    complete: () => {
      end('OK');
      subscriber.complete();
    },
  };
}

/** A call that waited too long for its turn is not begun: no statement, no call to others. */
function begun(next: CallHandler): Observable<unknown> {
  try {
    assertSomebodyWaits('Nobody waits for this call any more');
    return next.handle();
  } catch (error) {
    return throwError(() => error);
  }
}

/** What came with a call. */
export function readContext(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'metadata' | 'sendMetadata' | 'cancelled'> &
    NodeJS.EventEmitter,
): CallContext {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort(GONE));
  if (call.cancelled) gone.abort(GONE);
  const deadline = Number(call.getDeadline());
  return {
    signal: gone.signal,
    replayed: () => call.sendMetadata(replayedMetadata()),
    ...(Number.isFinite(deadline) && { deadline }),
    ...header(call.metadata, 'authorization', 'authorization'),
    ...header(call.metadata, 'idempotency-key', 'idempotencyKey'),
  };
}

/** Before the answer itself, as every service tells it alike: no message needs a field for it. */
function replayedMetadata(): Metadata {
  const metadata = new Metadata();
  metadata.set(REPLAYED, 'true');
  return metadata;
}

function header<Field extends keyof CallContext>(
  metadata: Metadata,
  name: string,
  field: Field,
): { [F in Field]?: string } {
  const [value] = metadata.get(name);
  return (typeof value === 'string' ? { [field]: value } : {}) as { [F in Field]?: string };
}

function orderIn(request: unknown): string | undefined {
  const orderId = typeof request === 'object' && request !== null && 'orderId' in request ? request.orderId : undefined;
  return typeof orderId === 'string' && isId(orderId) ? orderId : undefined;
}
