import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { amendOrder } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { answerCommand } from '../answer-commands/answer-command.js';
import { preferredWaitS } from '../answer-commands/preferred-wait.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { versionSeen } from './if-match.js';

const REFUSALS = {
  TOO_LATE: 'The payment has begun, or the shipping: the order goes on as it was.',
  ALREADY_FINAL: 'The order has ended, or is ending.',
  OUT_OF_STOCK: 'There is not enough in stock: the order goes on as it was.',
  VERSION_MISMATCH: 'Items or address were changed by somebody else: read the order again, then decide.',
};

@Controller()
export class AmendOrderController {
  constructor(@Inject(ORDERS) private readonly orders: Orders) {}

  @Serves(amendOrder)
  async amend(
    @Input() { params: { id }, body, headers }: InputOf<typeof amendOrder>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    notesOf(request).orderId = id;
    const { items = [], shippingAddress } = body;
    const ifVersion = versionSeen(headers['if-match']);
    const waitS = preferredWaitS(headers.prefer);
    const waitMs = waitS * 1_000;
    const answer = await this.orders.amendOrder(
      { id, items, shippingAddress, ifVersion, waitMs },
      { ...forward, deadlineMs: forward.deadlineMs + waitMs, waitMs },
    );
    await answerCommand(reply, id, waitS, answer, REFUSALS);
  }
}
