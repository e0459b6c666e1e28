import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { getDashboard } from '#libs/contracts/http/dashboard.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { callerOf } from '../trace-requests/request-notes.js';
import { ComposeDashboard } from './compose-dashboard.js';

@Controller()
export class DashboardController {
  constructor(private readonly dashboard: ComposeDashboard) {}

  @Serves(getDashboard)
  async get(
    @Input() _: unknown,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const body = await this.dashboard.for(callerOf(request), forward);
    await reply.code(200).headers({ 'cache-control': 'private, no-cache', vary: 'Authorization' }).send(body);
  }
}
