import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  GetSalesRequest,
  GetSalesResponse,
  GetTimelineRequest,
  GetTimelineResponse,
  ListOrdersRequest,
  ListOrdersResponse,
  ListProjectionsResponse,
  RebuildProjectionRequest,
  RebuildProjectionResponse,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { GetSales } from './get-sales/get-sales.js';
import { GetTimeline } from './get-timeline/get-timeline.js';
import { ListOrders } from './list-orders/list-orders.js';
import { ListProjections } from './list-projections/list-projections.js';
import { RebuildProjection } from './rebuild-projection/rebuild-projection.js';

/** `waybill.orderview.v1.OrderViewService`: what is read of orders without asking orders. */
@Controller()
export class OrderViewGrpc {
  constructor(
    private readonly listing: ListOrders,
    private readonly timelines: GetTimeline,
    private readonly sales: GetSales,
    private readonly projections: ListProjections,
    private readonly rebuilding: RebuildProjection,
  ) {}

  @GrpcMethod('OrderViewService', 'listOrders')
  listOrders(request: ListOrdersRequest): Promise<ListOrdersResponse> {
    return this.listing.execute(request);
  }

  @GrpcMethod('OrderViewService', 'getTimeline')
  getTimeline(request: GetTimelineRequest): Promise<GetTimelineResponse> {
    return this.timelines.execute(request);
  }

  @GrpcMethod('OrderViewService', 'getSales')
  getSales(request: GetSalesRequest): Promise<GetSalesResponse> {
    return this.sales.execute(request);
  }

  @GrpcMethod('OrderViewService', 'listProjections')
  listProjections(): Promise<ListProjectionsResponse> {
    return this.projections.execute();
  }

  @GrpcMethod('OrderViewService', 'rebuildProjection')
  rebuildProjection(request: RebuildProjectionRequest): Promise<RebuildProjectionResponse> {
    return this.rebuilding.execute(request);
  }
}
