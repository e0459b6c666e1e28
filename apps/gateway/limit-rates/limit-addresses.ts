import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RateLimits } from './rate-limits.js';

/** Asked for by the machine that runs the gateway; webhooks have a bucket of their own. */
const NOT_COUNTED = /^\/(healthz|readyz|metrics|v1\/webhooks\/.*)$/;

/** Every request counts against its address, before anything of it is read or verified; those to paths that do not exist too. */
@Injectable()
export class LimitAddresses implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly limits: RateLimits,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', async (request, reply) => {
      if (!NOT_COUNTED.test(request.routeOptions.url ?? '')) await this.limits.fromAddress(request.ip, reply);
    });
  }
}
