import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Observable } from 'rxjs';
import { withLogContext } from '#libs/telemetry/logger.js';
import { withCallContext, type CallContext } from './call-context.js';

/** One for all: without a reason each abort would make an exception of its own. */
const GONE = new Error('The caller has gone, or its deadline has passed');

/** Makes what came with a gRPC call (deadline, token, key, trace) known to everything that serves it. */
@Injectable()
export class CallContextInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [request, , call] = execution.getArgs<[unknown, Metadata, ServerUnaryCall<unknown, unknown> | undefined]>();
    if (execution.getType() !== 'rpc' || typeof call?.getDeadline !== 'function') return next.handle();
    const context = readContext(call);
    return new Observable((subscriber) =>
      withCallContext(context, () =>
        withLogContext(logFields(request, context), () => next.handle().subscribe(subscriber)),
      ),
    );
  }
}

/** What came with a call. */
export function readContext(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'metadata'> & NodeJS.EventEmitter,
): CallContext {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort(GONE));
  const deadline = Number(call.getDeadline());
  return {
    signal: gone.signal,
    ...(Number.isFinite(deadline) && { deadline }),
    ...header(call.metadata, 'authorization', 'authorization'),
    ...header(call.metadata, 'idempotency-key', 'idempotencyKey'),
    ...header(call.metadata, 'traceparent', 'traceparent'),
  };
}

function header<Field extends keyof CallContext>(
  metadata: Metadata,
  name: string,
  field: Field,
): { [F in Field]?: string } {
  const [value] = metadata.get(name);
  return (typeof value === 'string' ? { [field]: value } : {}) as { [F in Field]?: string };
}

function logFields(request: unknown, { traceparent }: CallContext): { orderId?: string; traceId?: string } {
  const orderId = typeof request === 'object' && request !== null && 'orderId' in request ? request.orderId : undefined;
  const traceId = traceparent?.split('-')[1];
  return { ...(typeof orderId === 'string' && { orderId }), ...(traceId !== undefined && { traceId }) };
}
