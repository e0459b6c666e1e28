import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readInput } from './read-input.js';
import { requireOperation } from './operation.decorator.js';

/** The validated input of the operation that this handler serves: declare it as `InputOf<typeof theOperation>`. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readInput(requireOperation(context), context.switchToHttp().getRequest<FastifyRequest>()),
);
