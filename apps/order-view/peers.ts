import { OrderLogServiceService } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import type { OrderViewConfig } from './order-view.config.js';

/** Injection token. */
export const ORDER_LOG = Symbol('ORDER_LOG');
export type OrderLog = GrpcClient<typeof OrderLogServiceService>;

export function orderLogClient({ WAYBILL_ORDERS_ADDRESS }: OrderViewConfig): OrderLog {
  return grpcClient(OrderLogServiceService, WAYBILL_ORDERS_ADDRESS, { retried: ['getEvents'] });
}
