import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type PaymentSimulatorConfig } from '../config.js';
import { StripeProblem } from './reply.js';

/** `Authorization: Bearer <the account's secret key>`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(@Inject(CONFIG) config: PaymentSimulatorConfig) {
    this.expected = digest(`Bearer ${config.STRIPE_API_KEY}`);
  }

  canActivate(context: ExecutionContext): boolean {
    const { authorization = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    if (timingSafeEqual(digest(authorization), this.expected)) return true;
    throw new StripeProblem(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
