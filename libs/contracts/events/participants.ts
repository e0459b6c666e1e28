import { z } from 'zod';
import { event, revised } from './define-event.js';
import { id, money, stockLine, time } from './values.js';

const stockMoved = z.object({ orderId: id, lines: z.array(stockLine).readonly() }).readonly();
const paid = { orderId: id, amount: money };
const captured = { ...paid, providerReference: z.string() };
const parcel = z.object({ orderId: id, shipmentId: id, tracking: z.string(), at: time }).readonly();

/** What stock, money and parcels did: subject is the order, but for a stock level's (`sku@warehouse`) and a price's (the SKU). */
export const PARTICIPANT_EVENTS = {
  StockReserved: event('inventory', stockMoved),
  StockReleased: event('inventory', stockMoved),
  StockShipped: event('inventory', stockMoved),
  /** The absolute level: the newest is all that counts. */
  StockLevelChanged: event('inventory', z.object({ sku: id, warehouse: id, available: z.int().min(0) }).readonly()),
  PaymentCaptured: revised(
    event('payments', z.object(captured).readonly()),
    z.object({ ...captured, provider: z.string(), capturedAt: time }).readonly(),
    (data, { occurredAt }) => ({ ...data, provider: 'stripe', capturedAt: occurredAt }),
  ),
  PaymentDeclined: event(
    'payments',
    z.object({ orderId: id, reason: z.enum(['PAYMENT_DECLINED', 'INSUFFICIENT_FUNDS']) }).readonly(),
  ),
  RefundIssued: event('payments', z.object(paid).readonly()),
  ShipmentScheduled: event('shipping', parcel),
  ShipmentCancelled: event('shipping', parcel),
  ShipmentDispatched: event('shipping', parcel),
  ShipmentDelivered: event('shipping', parcel),
  ShipmentLost: event('shipping', parcel),
  ProductPriceChanged: event('catalog', z.object({ sku: id, price: money }).readonly()),
};
