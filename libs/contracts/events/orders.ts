import { z } from 'zod';
import { DIRECTIONS, OUTCOMES, STEPS } from '../steps.js';
import { event, revised } from './define-event.js';
import {
  address,
  endingReason,
  id,
  line,
  money,
  orderedLines,
  pricedLine,
  rejectionReason,
  shipment,
  time,
} from './values.js';

const items = z.array(pricedLine).readonly();
const ofOrder = { orderId: id };
const ofCustomer = { orderId: id, customerId: id };
const parcelFact = z.object({ ...ofCustomer, factId: id, shipmentId: id, at: time }).readonly();
const decision = { ...ofOrder, commandId: id, requestedBy: z.string() };

const placed = {
  ...ofCustomer,
  items,
  total: money,
  paymentMethod: z.string(),
  shippingAddress: address,
  shippingMethod: z.string(),
  placedAt: time,
};
/** A customer orders for itself; an operator may order for somebody else. */
const callerKind = z.enum(['customer', 'operator']);
const placedBy = z.object({ subject: id, kind: callerKind }).readonly();

const wholeOrder = z.object({ ...placed, placedBy }).readonly();

/** What somebody asks for through the API. */
const request = { ...ofOrder, commandId: id, requestedBy: callerKind };
/** The version in which items or address were amended last, and can be no more. Absent: never. */
const settledContent = { amendedIn: z.int().min(2).exactOptional() };
/** What the order's workflow is started with, should the request reach it first. */
const carried = { order: wholeOrder };

/** The order's log, event by event: subject is the order, sequence its version. */
export const ORDER_EVENTS = {
  OrderPlaced: revised(event('orders', z.object(placed).readonly()), wholeOrder, (data) => ({
    ...data,
    placedBy: { subject: data.customerId, kind: 'customer' as const },
  })),
  OrderProgressed: event(
    'orders',
    z
      .object({
        ...ofOrder,
        step: z.enum(STEPS),
        direction: z.enum(DIRECTIONS),
        attempt: z.int().min(1),
        outcome: z.enum(OUTCOMES),
        startedAt: time.nullable(),
        endedAt: time.nullable(),
        detail: z.string(),
        /** process-payment, ok: what was captured (do) or refunded (undo). */
        amount: money.exactOptional(),
        /** schedule-shipping, do, ok. */
        shipment: shipment.exactOptional(),
      })
      .readonly(),
  ),
  OrderConfirmed: event(
    'orders',
    z
      .object({ ...ofCustomer, items, total: money, shipments: z.array(shipment).readonly(), ...settledContent })
      .readonly(),
  ),
  OrderRejecting: event('orders', z.object({ ...ofOrder, reason: rejectionReason, ...settledContent }).readonly()),
  OrderRejected: event('orders', z.object({ ...ofCustomer, reason: rejectionReason, ...orderedLines }).readonly()),
  OrderCancelling: event('orders', z.object({ ...ofOrder, reason: endingReason, ...settledContent }).readonly()),
  OrderCancelled: event('orders', z.object({ ...ofCustomer, reason: endingReason, ...orderedLines }).readonly()),
  OrderShipped: event('orders', parcelFact),
  OrderDelivered: event('orders', parcelFact),
  CancelRequested: event(
    'orders',
    z
      .object({
        ...request,
        /** In the words of whoever asked. */
        reason: z.string().exactOptional(),
        ...carried,
      })
      .readonly(),
  ),
  CancelAccepted: event('orders', z.object(decision).readonly()),
  CancelRefused: event('orders', z.object({ ...decision, code: z.enum(['TOO_LATE', 'ALREADY_FINAL']) }).readonly()),
  AmendRequested: event(
    'orders',
    z
      .object({
        ...request,
        /** New quantities of some of the order's lines. */
        items: z.array(line).readonly().exactOptional(),
        shippingAddress: address.exactOptional(),
        /** The amendment that whoever asked has seen applied last, null for the order as it was placed. Absent: whatever there is. */
        follows: id.nullable().exactOptional(),
        ...carried,
      })
      .readonly(),
  ),
  /** The order as it is from here on. It is charged, and sent, by this. */
  AmendApplied: event(
    'orders',
    z
      .object({ ...ofCustomer, commandId: id, requestedBy: z.string(), items, total: money, shippingAddress: address })
      .readonly(),
  ),
  AmendRefused: event(
    'orders',
    z
      .object({ ...decision, code: z.enum(['TOO_LATE', 'ALREADY_FINAL', 'OUT_OF_STOCK', 'VERSION_MISMATCH']) })
      .readonly(),
  ),
  AttentionRaised: event(
    'orders',
    z.object({ ...ofOrder, step: z.string(), reason: z.string(), since: time }).readonly(),
  ),
  AttentionCleared: event('orders', z.object({ ...ofOrder, step: z.string() }).readonly()),
};
