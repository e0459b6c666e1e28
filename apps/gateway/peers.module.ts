import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { BillingServiceService } from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import { CatalogServiceService } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { OrderViewServiceService } from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { OrderServiceService } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { ShippingServiceService } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import { Resilience, type ResilientClient } from '#libs/resilience/resilience.js';
import type { GatewayConfig } from './gateway.config.js';
import { watchPeer } from './watch-peers/watch-peer.js';

export const ORDERS = Symbol('ORDERS');
export const CATALOG = Symbol('CATALOG');
export const CUSTOMERS = Symbol('CUSTOMERS');
export const PAYMENTS = Symbol('PAYMENTS');
export const SHIPPING = Symbol('SHIPPING');
export const BILLING = Symbol('BILLING');
export const OPERATIONS_DESK = Symbol('OPERATIONS_DESK');
export const ORDER_VIEW = Symbol('ORDER_VIEW');
export const WITH_BREAKERS = Symbol('WITH_BREAKERS');
const CLOSERS = Symbol('CLOSERS');

export type Orders = ResilientClient<'gateway', 'orders', typeof OrderServiceService>;
export type Catalog = ResilientClient<'gateway', 'catalog', typeof CatalogServiceService>;
export type Customers = ResilientClient<'gateway', 'customers', typeof CustomerServiceService>;
export type Payments = ResilientClient<'gateway', 'payments', typeof PaymentServiceService>;
export type Shipping = ResilientClient<'gateway', 'shipping', typeof ShippingServiceService>;
export type Billing = ResilientClient<'gateway', 'billing', typeof BillingServiceService>;
export type OperationsDesk = ResilientClient<'gateway', 'operations', typeof OperationsServiceService>;
export type OrderView = ResilientClient<'gateway', 'order-view', typeof OrderViewServiceService>;

/** A process with breakers of its own. */
export interface WithBreakers {
  readonly caller: string;
  readonly client: Pick<Orders, 'listBreakers' | 'close'>;
}

/** The services behind the edge. Every call to them is idempotent: reads, a key for what changes orders or products, the event's id for a webhook. */
@Module({})
export class PeersModule implements OnApplicationShutdown {
  constructor(@Inject(CLOSERS) private readonly closers: ReadonlyArray<() => void>) {}

  static forConfig(config: GatewayConfig): DynamicModule {
    const resilience = new Resilience('gateway', config.WAYBILL_POLICIES);
    const orders = resilience.client('orders', OrderServiceService, config.WAYBILL_ORDERS_ADDRESS);
    const catalog = resilience.client('catalog', CatalogServiceService, config.WAYBILL_CATALOG_ADDRESS);
    const customers = resilience.client('customers', CustomerServiceService, config.WAYBILL_CUSTOMERS_ADDRESS);
    const payments = resilience.client('payments', PaymentServiceService, config.WAYBILL_PAYMENTS_ADDRESS);
    const shipping = resilience.client('shipping', ShippingServiceService, config.WAYBILL_SHIPPING_ADDRESS);
    const billing = resilience.client('billing', BillingServiceService, config.WAYBILL_BILLING_ADDRESS);
    const operations = resilience.client('operations', OperationsServiceService, config.WAYBILL_OPERATIONS_ADDRESS);
    const orderView = resilience.client('order-view', OrderViewServiceService, config.WAYBILL_ORDER_VIEW_ADDRESS);
    const each = (addresses: string, caller: string, open: (address: string) => WithBreakers['client']) =>
      addresses.split(',').map((address): WithBreakers => ({ caller, client: open(address) }));
    const withBreakers = [
      ...each(config.WAYBILL_ORDERS_ADDRESS, 'orders', (at) => resilience.client('orders', OrderServiceService, at)),
      ...each(config.WAYBILL_PAYMENTS_ADDRESS, 'payments', (at) =>
        resilience.client('payments', PaymentServiceService, at),
      ),
      ...each(config.WAYBILL_SHIPPING_ADDRESS, 'shipping', (at) =>
        resilience.client('shipping', ShippingServiceService, at),
      ),
    ];
    const checks = [
      watchPeer('orders', config.WAYBILL_ORDERS_ADDRESS),
      watchPeer('catalog', config.WAYBILL_CATALOG_ADDRESS, { optional: true }),
      watchPeer('customers', config.WAYBILL_CUSTOMERS_ADDRESS, { optional: true }),
      watchPeer('payments', config.WAYBILL_PAYMENTS_ADDRESS, { optional: true }),
      watchPeer('shipping', config.WAYBILL_SHIPPING_ADDRESS, { optional: true }),
      watchPeer('order-view', config.WAYBILL_ORDER_VIEW_ADDRESS, { optional: true }),
      watchPeer('billing', config.WAYBILL_BILLING_ADDRESS, { optional: true }),
      watchPeer('operations', config.WAYBILL_OPERATIONS_ADDRESS, { optional: true }),
    ];
    const closers = [
      orders.close,
      catalog.close,
      customers.close,
      payments.close,
      shipping.close,
      billing.close,
      operations.close,
      orderView.close,
      ...checks,
      ...withBreakers.map(({ client }) => client.close),
    ];
    return {
      module: PeersModule,
      providers: [
        { provide: ORDERS, useValue: orders },
        { provide: CATALOG, useValue: catalog },
        { provide: CUSTOMERS, useValue: customers },
        { provide: PAYMENTS, useValue: payments },
        { provide: SHIPPING, useValue: shipping },
        { provide: BILLING, useValue: billing },
        { provide: OPERATIONS_DESK, useValue: operations },
        { provide: ORDER_VIEW, useValue: orderView },
        { provide: CLOSERS, useValue: closers },
        { provide: Resilience, useValue: resilience },
        { provide: WITH_BREAKERS, useValue: withBreakers },
      ],
      exports: [
        ORDERS,
        CATALOG,
        CUSTOMERS,
        PAYMENTS,
        SHIPPING,
        BILLING,
        OPERATIONS_DESK,
        ORDER_VIEW,
        Resilience,
        WITH_BREAKERS,
      ],
    };
  }

  onApplicationShutdown(): void {
    for (const close of this.closers) close();
  }
}
