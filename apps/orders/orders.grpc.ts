import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  CancelOrderRequest,
  CancelOrderResponse,
  CreateOrderRequest,
  CreateOrderResponse,
  GetOrderRequest,
  GetOrderResponse,
  GetTimelineRequest,
  GetTimelineResponse,
  ListOrdersRequest,
  ListOrdersResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { CancelOrder } from './cancel-order/cancel-order.js';
import { GetOrder } from './get-order/get-order.js';
import { ListOrders } from './list-orders/list-orders.js';
import { PlaceOrder } from './place-order/place-order.js';
import { ReadTimeline } from './read-timeline/read-timeline.js';

/** `waybill.orders.v1.OrderService`: what customers ask. */
@Controller()
export class OrdersGrpc {
  constructor(
    private readonly placing: PlaceOrder,
    private readonly getting: GetOrder,
    private readonly listing: ListOrders,
    private readonly timelines: ReadTimeline,
    private readonly cancelling: CancelOrder,
  ) {}

  @GrpcMethod('OrderService', 'createOrder')
  createOrder(request: CreateOrderRequest): Promise<CreateOrderResponse> {
    return this.placing.execute(request);
  }

  @GrpcMethod('OrderService', 'getOrder')
  getOrder(request: GetOrderRequest): Promise<GetOrderResponse> {
    return this.getting.execute(request);
  }

  @GrpcMethod('OrderService', 'listOrders')
  listOrders(request: ListOrdersRequest): Promise<ListOrdersResponse> {
    return this.listing.execute(request);
  }

  @GrpcMethod('OrderService', 'getTimeline')
  getTimeline(request: GetTimelineRequest): Promise<GetTimelineResponse> {
    return this.timelines.execute(request);
  }

  @GrpcMethod('OrderService', 'cancelOrder')
  cancelOrder(request: CancelOrderRequest): Promise<CancelOrderResponse> {
    return this.cancelling.execute(request);
  }
}
