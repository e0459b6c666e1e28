import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { OperatorAction as GrpcAction } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { listActions, type AuditPage, type OperatorAction } from '#libs/contracts/http/audit.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { OPERATIONS_DESK, type OperationsDesk } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';

@Controller()
export class AuditController {
  constructor(@Inject(OPERATIONS_DESK) private readonly operations: OperationsDesk) {}

  @Serves(listActions)
  async list(
    @Input() { query }: InputOf<typeof listActions>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { operator = '', action = '', cursor = '', limit } = query;
    const answer = await this.operations.listActions({ operator, action, cursor, limit }, forward);
    const page: AuditPage = { items: answer.items.map(present), nextCursor: answer.nextCursor || null };
    await reply.code(200).header('cache-control', 'no-store').send(page);
  }
}

function present({ at, reason, outcome, endedAt, ...rest }: GrpcAction): OperatorAction {
  return {
    ...rest,
    at: (at ?? new Date(0)).toISOString(),
    reason: reason || null,
    outcome: outcome || null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}
