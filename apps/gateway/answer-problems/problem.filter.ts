import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WaybillError } from '#libs/kernel/errors.js';
import { RouteTable } from '../accept-requests/route-table.js';
import { answerProblem, pathOf } from './send-problem.js';

/** Answers everything that is thrown while a request is served. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    if (thrown instanceof NotFoundException) answerUnmatched(thrown, request, reply);
    else answerProblem(thrown, request, reply);
  }
}

/** A path that exists with other methods is 405, and says which. */
function answerUnmatched(thrown: NotFoundException, request: FastifyRequest, reply: FastifyReply): void {
  const methods = RouteTable.of(request.server).methodsOf(pathOf(request));
  if (methods.length === 0) return answerProblem(thrown, request, reply);
  const allow = methods.join(', ');
  reply.header('allow', allow);
  answerProblem(new WaybillError('METHOD_NOT_ALLOWED', `Use one of: ${allow}.`), request, reply);
}
