import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { from, ignoreElements, type Observable } from 'rxjs';
import type {
  GetEventsRequest,
  GetEventsResponse,
  ListHeadsRequest,
  ListHeadsResponse,
  ReadLogRequest,
} from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { ListHeads } from './read-log/list-heads.js';
import { ReadLog, type LogCall } from './read-log/read-log.js';

/** `waybill.orders.v1.OrderLogService`: what other services rebuild their pictures from. */
@Controller()
export class OrderLogGrpc {
  constructor(
    private readonly log: ReadLog,
    private readonly heads: ListHeads,
  ) {}

  /** Writes to the call itself, at its reader's pace: what an Observable emits, Nest would pile up. */
  @GrpcMethod('OrderLogService', 'readLog')
  readLog(request: ReadLogRequest, _: Metadata, call: LogCall): Observable<never> {
    return from(this.log.readAll(request, call)).pipe(ignoreElements());
  }

  @GrpcMethod('OrderLogService', 'getEvents')
  getEvents(request: GetEventsRequest): Promise<GetEventsResponse> {
    return this.log.readOne(request);
  }

  @GrpcMethod('OrderLogService', 'listHeads')
  listHeads(request: ListHeadsRequest): Promise<ListHeadsResponse> {
    return this.heads.execute(request);
  }
}
