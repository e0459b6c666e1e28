import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallOptions } from '#libs/grpc/client.js';
import { requireOperation } from './operation.decorator.js';
import { timeLeft } from './time-left.js';

/** These headers travel on unchanged: the services verify the caller themselves. */
const FORWARDED = ['authorization', 'idempotency-key'] as const;

/** How a call on behalf of this request is made: its deadline, its caller, its trace; cancelled once the client has gone; whether its answer is a stored one, the client is told. */
export const Forward = createParamDecorator((_: unknown, context: ExecutionContext): CallOptions => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const reply = http.getResponse<FastifyReply>();
  const headers = FORWARDED.flatMap((name) =>
    request.headers[name] === undefined ? [] : [[name, String(request.headers[name])]],
  );
  return {
    deadlineMs: timeLeft(request, requireOperation(context)),
    metadata: { ...(Object.fromEntries(headers) as Record<string, string>), traceparent: request.id },
    signal: goneSignal(reply),
    onReplayed: () => void reply.header('idempotency-replayed', 'true'),
  };
});

function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
