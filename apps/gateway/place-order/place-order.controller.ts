import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { placeOrder } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { etagOf, presentOrder } from '../read-orders/present-order.js';
import { SeenOrders } from '../read-orders/seen-orders.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { callerOf, notesOf } from '../trace-requests/request-notes.js';

@Controller()
export class PlaceOrderController {
  constructor(
    @Inject(ORDERS) private readonly orders: Orders,
    private readonly seen: SeenOrders,
  ) {}

  @Serves(placeOrder)
  async place(
    @Input() { body }: InputOf<typeof placeOrder>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { customerId = '', shippingMethod = '', items, paymentMethod, shippingAddress } = body;
    const answer = await this.orders.createOrder(
      { customerId, shippingMethod, items, paymentMethod, shippingAddress },
      forward,
    );
    const order = presentOrder(answer.order);
    notesOf(request).orderId = order.id;
    this.seen.tell(callerOf(request), order);
    reply.code(201).headers({ location: `/v1/orders/${order.id}`, etag: etagOf(order) });
    if (answer.replayed) reply.header('idempotency-replayed', 'true');
    await reply.send(order);
  }
}
