import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { logger } from '#libs/telemetry/logger.js';

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** An answer in the words of the real API: HTTP status, code and message. */
export class EasyPostError extends Error {
  override readonly name = 'EasyPostError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: readonly FieldProblem[] = [],
  ) {
    super(message);
  }
}

export const notFound = () => new EasyPostError(404, 'NOT_FOUND', 'The requested resource could not be found.');

/** Every error of the API as `{error: {code, message, errors}}`, the shape that the official SDK reads. */
@Catch()
export class EasyPostErrorFilter implements ExceptionFilter {
  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const { status, code, message, errors } = asEasyPostError(thrown);
    await host.switchToHttp().getResponse<FastifyReply>().status(status).send({ error: { code, message, errors } });
  }
}

function asEasyPostError(thrown: unknown): EasyPostError {
  if (thrown instanceof EasyPostError) return thrown;
  if (thrown instanceof HttpException) return new EasyPostError(thrown.getStatus(), 'BAD_REQUEST', thrown.message);
  logger().error({ error: thrown }, 'a call failed for a reason that nobody foresaw');
  return new EasyPostError(500, 'INTERNAL_SERVER_ERROR', 'An unexpected error occurred.');
}
