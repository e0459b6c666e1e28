import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operationServedBy } from '../serve-operations/operation.decorator.js';
import { callerOf } from '../trace-requests/request-notes.js';
import { RateLimits } from './rate-limits.js';

/** Lets in who has not asked too often. Comes after authentication: a caller's buckets are nobody else's. */
@Injectable()
export class LimitRatesGuard implements CanActivate {
  constructor(private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = operationServedBy(context);
    if (operation === undefined) return true;
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    if (operation.access.kind === 'token') await this.limits.ofCaller(callerOf(request), operation, reply);
    else await this.limits.ofWebhook(request.ip, reply);
    return true;
  }
}
