import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { cancelOrder } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { answerCommand } from '../answer-commands/answer-command.js';
import { preferredWaitS } from '../answer-commands/preferred-wait.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { SeenOrders } from '../read-orders/seen-orders.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { callerOf, notesOf } from '../trace-requests/request-notes.js';

const REFUSALS = {
  TOO_LATE: 'The parcel has been handed over: the order goes on.',
  ALREADY_FINAL: 'The order has ended, or is ending, for another reason.',
};

@Controller()
export class CancelOrderController {
  constructor(
    @Inject(ORDERS) private readonly orders: Orders,
    private readonly seen: SeenOrders,
  ) {}

  @Serves(cancelOrder)
  async cancel(
    @Input() { params: { id }, body: { reason = '' }, headers }: InputOf<typeof cancelOrder>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    notesOf(request).orderId = id;
    const waitS = preferredWaitS(headers.prefer);
    const waitMs = waitS * 1_000;
    const answer = await this.orders.cancelOrder(
      { id, reason, waitMs },
      { ...forward, deadlineMs: forward.deadlineMs + waitMs, waitMs },
    );
    this.seen.tell(callerOf(request), { id, version: answer.version });
    await answerCommand(reply, id, waitS, answer, REFUSALS);
  }
}
