import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { logger } from '#libs/telemetry/logger.js';
import { histogram } from '#libs/telemetry/metrics.js';
import { notesOf } from './request-notes.js';
import { endTrace, traceIdOf } from './traceparent.js';

const durations = histogram('waybill_http_request_duration_seconds', 'Requests at the edge, by route and status', [
  'method',
  'route',
  'status',
]);

/** Probes are asked for every few seconds: they are counted, but logged only when asked to. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** Gives every answer its trace and safe defaults, and every request one log line and one measurement. */
export function observeRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setEdgeHeaders(request, reply);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    recordRequest(request, reply);
    done();
  });
}

export function setEdgeHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    traceparent: request.id,
    'x-request-id': traceIdOf(request.id),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
}

export function recordRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { method } = request;
  const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
  const status = reply.statusCode;
  const { caller: _, ...notes } = notesOf(request);
  const line = {
    method,
    route,
    status,
    durationMs: Math.round(reply.elapsedTime),
    traceId: traceIdOf(request.id),
    ...notes,
    ...(!reply.raw.writableFinished && { clientGone: true }),
  };
  logger()[QUIET.has(route) ? 'debug' : 'info'](line, 'request');
  endTrace(request.raw, { method, route, status, orderId: notes.orderId });
  durations.observe({ method, route, status: String(status) }, reply.elapsedTime / 1_000);
}
