import { DocumentKind, type Document } from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import {
  CommandDecision,
  OrderStatus,
  PaymentStatus,
  ShipmentStatus,
  type AmendOrderResponse,
  type CancelOrderResponse,
  type Order,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { ORDER_ID } from './bulk-stand-in.js';

export const COMMAND_ID = '6a1a4c8e-2f57-5b0c-8f6e-0d9f3f1f7c11';
export const AT = new Date('2026-11-20T10:00:00.000Z');

export const ORDER: Order = {
  id: ORDER_ID,
  customerId: 'customer-1',
  status: OrderStatus.PENDING,
  reason: '',
  version: 1,
  items: [
    {
      sku: 'TEA',
      name: 'Tea',
      quantity: 2,
      unitPrice: { amount: 450, currency: 'EUR' },
      lineTotal: { amount: 900, currency: 'EUR' },
    },
  ],
  total: { amount: 900, currency: 'EUR' },
  payment: { status: PaymentStatus.NONE, captured: 0, refunded: 0 },
  shipments: [],
  needsAttention: undefined,
  createdAt: AT,
  updatedAt: AT,
};

/** An order in which every field is set. */
export const FULL_ORDER: Order = {
  ...ORDER,
  status: OrderStatus.REJECTING,
  reason: 'NOT_SERVED',
  version: 9,
  payment: { status: PaymentStatus.REFUNDING, captured: 900, refunded: 0 },
  shipments: [{ id: 'shp_1', status: ShipmentStatus.CANCELLED, tracking: 'EZ1', items: [{ sku: 'TEA', quantity: 2 }] }],
  needsAttention: { since: AT, step: 'process-payment', reason: 'The refund fails' },
};

export const DELIVERED_ORDER: Order = { ...ORDER, status: OrderStatus.DELIVERED, version: 7 };

export const PRODUCT: Product = { sku: 'TEA', name: 'Tea', price: { amount: 450, currency: 'EUR' }, available: 12 };

export const INVOICE: Document = {
  number: 'INV-2026-000001',
  kind: DocumentKind.INVOICE,
  orderId: ORDER_ID,
  total: { amount: 900, currency: 'EUR' },
  issuedOn: '2026-11-20',
  issuedAt: AT,
  invoice: '',
};
export const CREDIT_NOTE: Document = {
  ...INVOICE,
  number: 'CN-2026-000001',
  kind: DocumentKind.CREDIT_NOTE,
  invoice: INVOICE.number,
};
export const PDF = Buffer.from('%PDF-1.3 and more');
export const COMMANDED: CancelOrderResponse & AmendOrderResponse = {
  commandId: COMMAND_ID,
  decision: CommandDecision.PENDING,
  version: 6,
  status: OrderStatus.CONFIRMED,
};
