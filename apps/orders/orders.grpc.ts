import type { Metadata, sendUnaryData } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { from, ignoreElements, type Observable } from 'rxjs';
import type {
  AmendOrderRequest,
  AmendOrderResponse,
  BulkUpdateOrdersResponse,
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
  StreamOrderUpdatesRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { ListBreakersResponse } from '#libs/contracts/generated/waybill/values/v1/values.js';
import { serveStream } from '#libs/grpc/serve-stream.js';
import { listBreakers } from '#libs/resilience/list-breakers.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { AmendOrder } from './amend-order/amend-order.js';
import { BulkUpdate, type BulkCall } from './bulk-update/bulk-update.js';
import { CancelOrder } from './cancel-order/cancel-order.js';
import { GetOrder } from './get-order/get-order.js';
import { ListOrders } from './list-orders/list-orders.js';
import { PlaceOrder } from './place-order/place-order.js';
import { ReadTimeline } from './read-timeline/read-timeline.js';
import type { UpdatesCall } from './stream-updates/reader.js';
import { StreamUpdates } from './stream-updates/stream-updates.js';

/** `waybill.orders.v1.OrderService`: what customers ask. */
@Controller()
export class OrdersGrpc {
  constructor(
    private readonly placing: PlaceOrder,
    private readonly getting: GetOrder,
    private readonly listing: ListOrders,
    private readonly timelines: ReadTimeline,
    private readonly cancelling: CancelOrder,
    private readonly streaming: StreamUpdates,
    private readonly amending: AmendOrder,
    private readonly bulk: BulkUpdate,
    private readonly resilience: Resilience<'orders'>,
  ) {}

  @GrpcMethod('OrderService', 'listBreakers')
  listBreakers(): ListBreakersResponse {
    return listBreakers(this.resilience);
  }

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

  /**
   * Writes to the call itself and heeds whether its reader keeps up: what an Observable emits, Nest would pile up for it.
   * (`@GrpcStreamCall` gives the call to methods alone whose requests are a stream.)
   */
  @GrpcMethod('OrderService', 'streamOrderUpdates')
  streamOrderUpdates(request: StreamOrderUpdatesRequest, _: Metadata, call: UpdatesCall): Observable<never> {
    return from(this.streaming.execute(request, call)).pipe(ignoreElements());
  }

  @GrpcMethod('OrderService', 'amendOrder')
  amendOrder(request: AmendOrderRequest): Promise<AmendOrderResponse> {
    return this.amending.execute(request);
  }

  /** As grpc-js has it: Nest's own way with streams would read all that comes, as fast as it comes. */
  @GrpcStreamCall('OrderService', 'bulkUpdateOrders')
  bulkUpdateOrders(call: BulkCall, done: sendUnaryData<BulkUpdateOrdersResponse>): void {
    serveStream(call, done, () => this.bulk.execute(call));
  }
}
