import { OrderLogServiceService } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { Resilience, type ResilientClient } from '#libs/resilience/resilience.js';
import type { OrderViewConfig } from './order-view.config.js';

/** Injection token. */
export const ORDER_LOG = Symbol('ORDER_LOG');
export type OrderLog = ResilientClient<'order-view', 'orders', typeof OrderLogServiceService>;

export function orderLogClient({ WAYBILL_ORDERS_ADDRESS, WAYBILL_POLICIES }: OrderViewConfig): OrderLog {
  return new Resilience('order-view', WAYBILL_POLICIES).client(
    'orders',
    OrderLogServiceService,
    WAYBILL_ORDERS_ADDRESS,
  );
}
