import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { logger } from '#libs/telemetry/logger.js';
import { problem, providerFailure, StripeProblem, type Reply } from './reply.js';

/** Every failure in the shape of Stripe's errors. */
@Catch()
export class StripeErrorFilter implements ExceptionFilter {
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const { status, body } = replyOf(error);
    await host.switchToHttp().getResponse<FastifyReply>().status(status).send(body);
  }
}

function replyOf(error: unknown): Reply {
  if (error instanceof StripeProblem) return error.reply;
  if (error instanceof HttpException)
    return problem(error.getStatus(), { type: 'invalid_request_error', message: error.message });
  logger().error({ error }, 'a request failed for a reason that is not part of the simulation');
  return providerFailure();
}
