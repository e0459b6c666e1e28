import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '#libs/contracts/errors.js';
import { PROBLEM_MEDIA_TYPE } from '#libs/contracts/http/problem.js';
import { messageOf } from '#libs/kernel/errors.js';
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
    logFailure(thrown, problem.code, traceId);
  }
  reply.code(problem.status).headers({ ...headers, 'cache-control': 'no-store', 'content-type': PROBLEM_MEDIA_TYPE });
  // As bytes: to text, Fastify would add a charset, which JSON has none of.
  reply.send(Buffer.from(JSON.stringify(problem)));
}

/** A bug with all that is known of it; an outage in a word, for there will be many. */
function logFailure(error: unknown, code: ErrorCode, traceId: string): void {
  if (code === 'INTERNAL')
    logger().error({ traceId, code, error }, 'a request failed for a reason that nobody foresaw');
  else logger().warn({ traceId, code, reason: messageOf(error) }, 'a request could not be served');
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
