import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE } from '#libs/contracts/http/problem.js';
import { logger } from '#libs/telemetry/logger.js';
import { recordRequest, setEdgeHeaders } from '../trace-requests/observe-requests.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { traceIdOf } from '../trace-requests/traceparent.js';
import { answerOf } from './problem.js';

/** Answers with a problem document, whatever was thrown. */
export function answerProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const traceId = traceIdOf(request.id);
  const { problem, headers } = answerOf(thrown, { instance: pathOf(request), traceId });
  notesOf(request).code = problem.code;
  if (problem.status >= 500) {
    const level = problem.code === 'INTERNAL' ? 'error' : 'warn';
    logger()[level]({ traceId, code: problem.code, error: thrown }, 'a request could not be served');
  }
  reply.code(problem.status).headers({ ...headers, 'cache-control': 'no-store', 'content-type': PROBLEM_MEDIA_TYPE });
  // As bytes: to text, Fastify would add a charset, which JSON has none of.
  reply.send(Buffer.from(JSON.stringify(problem)));
}

/** Answers what the router itself refuses: no hook has run for such a request. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  setEdgeHeaders(request, reply);
  answerProblem(thrown, request, reply);
  reply.raw.once('close', () => recordRequest(request, reply));
}

export function pathOf({ raw }: Pick<FastifyRequest, 'raw'>): string {
  return raw.url?.split('?', 1)[0] ?? '/';
}
