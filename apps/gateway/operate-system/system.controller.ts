import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { CheckInvariantsResponse, Queue } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { checkInvariants, listQueues, type Invariants, type Queues } from '#libs/contracts/http/ops.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { OPERATIONS_DESK, type OperationsDesk } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';

/** Is everything whole, and what waits where? */
@Controller()
export class SystemController {
  constructor(@Inject(OPERATIONS_DESK) private readonly operations: OperationsDesk) {}

  @Serves(checkInvariants)
  async invariants(
    @Input() { query }: InputOf<typeof checkInvariants>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const full = query.full === 'true';
    const body = presentCheck(await this.operations.checkInvariants({ full }, forward));
    await reply.code(200).header('cache-control', 'no-store').send(body);
  }

  @Serves(listQueues)
  async queues(@Input() _: unknown, @Forward() forward: CallOptions, @Res() reply: FastifyReply): Promise<void> {
    const { items } = await this.operations.listQueues({}, forward);
    const body: Queues = { items: items.map(presentQueue) };
    await reply.code(200).header('cache-control', 'no-store').send(body);
  }
}

function presentCheck({ check, checking, failure }: CheckInvariantsResponse): Invariants {
  return {
    checkedAt: check?.checkedAt?.toISOString() ?? null,
    checking,
    failure: failure || null,
    tookMs: check?.tookMs ?? 0,
    whole: check?.whole ?? false,
    wholeCheckedAt: check?.wholeCheckedAt?.toISOString() ?? null,
    orders: check?.orders ?? 0,
    violationCount: check?.violationCount ?? 0,
    violations: (check?.violations ?? []).map(({ invariant, orderId, message }) => ({
      invariant: invariant as Invariants['violations'][number]['invariant'],
      orderId: orderId || null,
      message,
    })),
    needsAttentionCount: check?.needsAttentionCount ?? 0,
    needsAttention: check?.needsAttention ?? [],
  };
}

function presentQueue(queue: Queue): Queues['items'][number] {
  const { name, missing, ready, retrying, consumers, deadOpen, deadReady, maxLength, ttlMs, prefetch } = queue;
  return {
    name,
    missing,
    ready,
    retrying,
    consumers,
    deadLetters: { open: deadOpen, inBroker: deadReady },
    limits: {
      maxLength,
      whenFull: queue.whenFull as Queues['items'][number]['limits']['whenFull'],
      ttlMs: ttlMs ?? null,
      prefetch,
    },
  };
}
