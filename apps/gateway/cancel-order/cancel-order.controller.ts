import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CommandDecision, type CancelOrderResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { cancelOrder } from '#libs/contracts/http/operations.js';
import type { Command } from '#libs/contracts/http/orders.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { preferredWaitS } from './preferred-wait.js';

@Controller()
export class CancelOrderController {
  constructor(@Inject(ORDERS) private readonly orders: Orders) {}

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
      { ...forward, deadlineMs: forward.deadlineMs + waitMs },
    );
    const command = presentCommand(answer);
    if (waitS > 0) reply.header('preference-applied', `wait=${waitS}`);
    if (command.status === 'pending') reply.code(202).header('location', `/v1/orders/${id}`);
    else reply.code(200);
    await reply.header('cache-control', 'no-store').send(command);
  }
}

/** @throws WaybillError with the code of a refusal. */
function presentCommand({ commandId, decision, version }: CancelOrderResponse): Command {
  switch (decision) {
    case CommandDecision.PENDING:
      return { command: commandId, status: 'pending', version };
    case CommandDecision.ACCEPTED:
      return { command: commandId, status: 'accepted', version };
    case CommandDecision.TOO_LATE:
      throw new WaybillError('TOO_LATE', 'The parcel has been handed over: the order goes on.', { command: commandId });
    case CommandDecision.ALREADY_FINAL:
      throw new WaybillError('ALREADY_FINAL', 'The order has ended, or is ending, for another reason.', {
        command: commandId,
      });
    default:
      throw new WaybillError('INTERNAL', `orders answered ${decision}`);
  }
}
