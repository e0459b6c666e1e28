import {
  OrderStatus,
  PaymentStatus,
  ShipmentStatus,
  type Order as OrderMessage,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { Order } from './order.js';

/** An order as its customer sees it. */
export function orderMessage({ placed, progress, version }: Order, updatedAt: Date): OrderMessage {
  const { payment, shipments } = progress;
  const [attention] = progress.attention;
  return {
    id: placed.orderId,
    customerId: placed.customerId,
    status: OrderStatus[progress.status],
    reason: progress.reason ?? '',
    version,
    items: placed.items.map((line) => ({ ...line })),
    total: placed.total,
    payment: { ...payment, status: PaymentStatus[payment.status] },
    shipments: shipments.map(({ id, tracking, items, status }) => ({
      id,
      tracking,
      items: [...items],
      status: ShipmentStatus[status],
    })),
    needsAttention: attention && { ...attention, since: new Date(attention.since) },
    createdAt: new Date(placed.placedAt),
    updatedAt,
  };
}
