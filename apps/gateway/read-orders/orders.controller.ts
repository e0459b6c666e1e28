import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OrderStatus as GrpcOrderStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { getOrder, getTimeline, listOrders } from '#libs/contracts/http/operations.js';
import { isTerminal, type OrderPage, type Timeline } from '#libs/contracts/http/orders.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { callerOf, notesOf } from '../trace-requests/request-notes.js';
import { AskOrderView } from './ask-order-view.js';
import { namesVersion } from './if-none-match.js';
import { etagOf, presentOrder, presentTimelineEntry } from './present-order.js';
import { SeenOrders } from './seen-orders.js';

@Controller()
export class OrdersController {
  constructor(
    @Inject(ORDERS) private readonly orders: Orders,
    private readonly view: AskOrderView,
    private readonly seen: SeenOrders,
  ) {}

  @Serves(getOrder)
  async get(
    @Input() input: InputOf<typeof getOrder>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { id } = input.params;
    notesOf(request).orderId = id;
    const { minVersion = 0, at } = input.query;
    const answer = await this.orders.getOrder({ id, minVersion, ...(at && { at: new Date(at) }) }, forward);
    const order = presentOrder(answer.order);
    // What was is no version to compare the present with.
    if (at) return void (await reply.code(200).header('cache-control', 'private, no-cache').send(order));
    this.seen.tell(callerOf(request), order);
    const etag = etagOf(order);
    reply.headers({
      etag,
      vary: 'Authorization',
      'cache-control': isTerminal(order.status) ? 'private, max-age=30' : 'private, no-cache',
    });
    if (namesVersion(input.headers['if-none-match'], etag)) await reply.code(304).send();
    else await reply.code(200).send(order);
  }

  @Serves(listOrders)
  async list(
    @Input() { query }: InputOf<typeof listOrders>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { status, cursor = '', limit } = query;
    const asked = { status: GrpcOrderStatus[status ?? 'UNSPECIFIED'], cursor, limit };
    const seen = this.seen.of(callerOf(request));
    const answer = await this.view.read(
      'list',
      forward,
      (view, options) => view.listOrders({ ...asked, customerId: '', seen }, options),
      (orders, options) => orders.listOrders(asked, options),
    );
    const page: OrderPage = { items: answer.items.map(presentOrder), nextCursor: answer.nextCursor || null };
    await reply.code(200).header('cache-control', 'private, no-cache').send(page);
  }

  @Serves(getTimeline)
  async timeline(
    @Input() { params: { id }, query }: InputOf<typeof getTimeline>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    notesOf(request).orderId = id;
    const minVersion = Math.max(query.minVersion ?? 0, this.seen.versionOf(callerOf(request), id));
    const answer = await this.view.read(
      'timeline',
      forward,
      (view, options) => view.getTimeline({ id, minVersion }, options),
      (orders, options) => orders.getTimeline({ id }, options),
    );
    const timeline: Timeline = { items: answer.items.map(presentTimelineEntry) };
    await reply.code(200).header('cache-control', 'private, no-cache').send(timeline);
  }
}
