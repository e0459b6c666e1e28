import type { BillingServiceService } from './generated/waybill/billing/v1/billing.js';
import type { CatalogServiceService } from './generated/waybill/catalog/v1/catalog.js';
import type { CustomerServiceService } from './generated/waybill/customers/v1/customers.js';
import type { InventoryServiceService } from './generated/waybill/inventory/v1/inventory.js';
import type { OperationsServiceService } from './generated/waybill/operations/v1/operations.js';
import type { OrderLogServiceService } from './generated/waybill/orders/v1/order_log.js';
import type { OrderProgressServiceService, OrderServiceService } from './generated/waybill/orders/v1/orders.js';
import type { OrderViewServiceService } from './generated/waybill/orderview/v1/orderview.js';
import type { PaymentServiceService } from './generated/waybill/payments/v1/payments.js';
import type { ShippingServiceService } from './generated/waybill/shipping/v1/shipping.js';

/** Who can hold a certificate: every service that listens or calls, and the person at the terminal. Replicas share an identity. */
export const IDENTITIES = [
  'gateway',
  'orders',
  'catalog',
  'customers',
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'billing',
  'order-view',
  'operations',
  'fulfilment',
  'operator',
] as const;
export type Identity = (typeof IDENTITIES)[number];

/** A method that does not exist, or that nobody has thought about, is a compile error. */
type Callers<Service> = { readonly [Method in keyof Service]: readonly Identity[] };

interface CallTable {
  readonly 'waybill.billing.v1.BillingService': Callers<typeof BillingServiceService>;
  readonly 'waybill.catalog.v1.CatalogService': Callers<typeof CatalogServiceService>;
  readonly 'waybill.customers.v1.CustomerService': Callers<typeof CustomerServiceService>;
  readonly 'waybill.inventory.v1.InventoryService': Callers<typeof InventoryServiceService>;
  readonly 'waybill.operations.v1.OperationsService': Callers<typeof OperationsServiceService>;
  readonly 'waybill.orders.v1.OrderLogService': Callers<typeof OrderLogServiceService>;
  readonly 'waybill.orders.v1.OrderProgressService': Callers<typeof OrderProgressServiceService>;
  readonly 'waybill.orders.v1.OrderService': Callers<typeof OrderServiceService>;
  readonly 'waybill.orderview.v1.OrderViewService': Callers<typeof OrderViewServiceService>;
  readonly 'waybill.payments.v1.PaymentService': Callers<typeof PaymentServiceService>;
  readonly 'waybill.shipping.v1.ShippingService': Callers<typeof ShippingServiceService>;
}
export type ServiceName = keyof CallTable;

/**
 * The one table of who may call what: the servers check it on each call, Istio's policies are rendered from it.
 * Whose order it is, is another question: the services ask it of the customer's token.
 */
export const MAY_CALL: CallTable = {
  'waybill.billing.v1.BillingService': { listDocuments: ['gateway'], getDocument: ['gateway'] },
  'waybill.catalog.v1.CatalogService': {
    listProducts: ['gateway'],
    getProduct: ['gateway'],
    priceLines: ['orders'],
    changeProduct: ['gateway'],
    listPopular: ['gateway'],
    recommend: ['gateway'],
  },
  'waybill.customers.v1.CustomerService': {
    getProfile: ['gateway'],
    getContact: ['notifications', 'billing'],
  },
  'waybill.inventory.v1.InventoryService': {
    hold: ['orders'],
    reserve: ['fulfilment'],
    amendReservation: ['fulfilment'],
    release: ['fulfilment'],
    ship: ['fulfilment'],
    // In containers the terminal program runs beside the gateway, and has no identity there but the gateway's.
    listStock: ['operator', 'gateway'],
    setStock: ['operator', 'gateway'],
  },
  'waybill.operations.v1.OperationsService': {
    listDeadLetters: ['gateway'],
    getDeadLetter: ['gateway'],
    replayDeadLetter: ['gateway'],
    discardDeadLetter: ['gateway'],
    checkInvariants: ['gateway'],
    listQueues: ['gateway'],
    recordAction: ['gateway', 'operator'],
    recordOutcome: ['gateway', 'operator'],
    listActions: ['gateway'],
  },
  'waybill.orders.v1.OrderLogService': {
    readLog: ['order-view'],
    getEvents: ['order-view'],
    listHeads: ['order-view'],
  },
  'waybill.orders.v1.OrderProgressService': {
    recordStep: ['fulfilment'],
    beginUndo: ['fulfilment'],
    recordEnding: ['fulfilment'],
    recordFact: ['fulfilment'],
    recordDecision: ['fulfilment'],
    recordAmendment: ['fulfilment'],
    recordAttention: ['fulfilment'],
  },
  'waybill.orders.v1.OrderService': {
    createOrder: ['gateway', 'operator'],
    getOrder: ['gateway', 'operator'],
    listOrders: ['gateway', 'operator'],
    getTimeline: ['gateway', 'operator'],
    cancelOrder: ['gateway', 'operator'],
    streamOrderUpdates: ['gateway', 'operator'],
    amendOrder: ['gateway', 'operator'],
    bulkUpdateOrders: ['gateway', 'operator'],
    listBreakers: ['gateway'],
  },
  'waybill.orderview.v1.OrderViewService': {
    listOrders: ['gateway'],
    getTimeline: ['gateway'],
    getSales: ['gateway'],
    listProjections: ['gateway'],
    rebuildProjection: ['gateway'],
  },
  'waybill.payments.v1.PaymentService': {
    charge: ['fulfilment'],
    settle: ['fulfilment'],
    getCharge: [],
    receivePaymentWebhook: ['gateway'],
    listBreakers: ['gateway'],
  },
  'waybill.shipping.v1.ShippingService': {
    scheduleShipment: ['fulfilment'],
    cancelShipment: ['fulfilment'],
    getShipment: [],
    receiveCarrierWebhook: ['gateway'],
    listBreakers: ['gateway'],
  },
};

/** Which identity answers for a service, so that its callers can tell it from any other. */
export const SERVED_BY: Readonly<Record<ServiceName, Identity>> = {
  'waybill.billing.v1.BillingService': 'billing',
  'waybill.catalog.v1.CatalogService': 'catalog',
  'waybill.customers.v1.CustomerService': 'customers',
  'waybill.inventory.v1.InventoryService': 'inventory',
  'waybill.operations.v1.OperationsService': 'operations',
  'waybill.orders.v1.OrderLogService': 'orders',
  'waybill.orders.v1.OrderProgressService': 'orders',
  'waybill.orders.v1.OrderService': 'orders',
  'waybill.orderview.v1.OrderViewService': 'order-view',
  'waybill.payments.v1.PaymentService': 'payments',
  'waybill.shipping.v1.ShippingService': 'shipping',
};

/** What every server has besides its own services. Whether it is well, anybody with a certificate may ask. */
const HEALTH = /^\/grpc\.health\.v1\.Health\//;
const REFLECTION = /^\/grpc\.reflection\.v1(alpha)?\.ServerReflection\//;

/** @param path as gRPC has it: `/waybill.orders.v1.OrderService/GetOrder` */
export function mayCall(caller: Identity, path: string): boolean {
  if (HEALTH.test(path)) return true;
  if (REFLECTION.test(path)) return caller === 'operator';
  const [, service = '', method = ''] = path.split('/');
  if (!isService(service)) return false;
  const callers: Readonly<Record<string, readonly Identity[]>> = MAY_CALL[service];
  const name = method.charAt(0).toLowerCase() + method.slice(1);
  return Object.hasOwn(callers, name) && callers[name]?.includes(caller) === true;
}

export function isIdentity(name: string): name is Identity {
  return IDENTITIES.some((identity) => identity === name);
}

export function isService(name: string): name is ServiceName {
  return Object.hasOwn(MAY_CALL, name);
}
