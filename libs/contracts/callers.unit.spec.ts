import { describe, expect, it } from '@jest/globals';
import { BillingServiceService } from './generated/waybill/billing/v1/billing.js';
import { CatalogServiceService } from './generated/waybill/catalog/v1/catalog.js';
import { CustomerServiceService } from './generated/waybill/customers/v1/customers.js';
import { InventoryServiceService } from './generated/waybill/inventory/v1/inventory.js';
import { OperationsServiceService } from './generated/waybill/operations/v1/operations.js';
import { OrderLogServiceService } from './generated/waybill/orders/v1/order_log.js';
import { OrderProgressServiceService, OrderServiceService } from './generated/waybill/orders/v1/orders.js';
import { OrderViewServiceService } from './generated/waybill/orderview/v1/orderview.js';
import { PaymentServiceService } from './generated/waybill/payments/v1/payments.js';
import { ShippingServiceService } from './generated/waybill/shipping/v1/shipping.js';
import { IDENTITIES, isIdentity, MAY_CALL, mayCall } from './callers.js';

const definitions = [
  BillingServiceService,
  CatalogServiceService,
  CustomerServiceService,
  InventoryServiceService,
  OperationsServiceService,
  OrderLogServiceService,
  OrderProgressServiceService,
  OrderServiceService,
  OrderViewServiceService,
  PaymentServiceService,
  ShippingServiceService,
];
const paths = definitions.flatMap((service) => Object.values(service).map(({ path }: { path: string }) => path));

describe('the table of callers', () => {
  it('given the generated services, then it names each of them by its wire name, and no other', () => {
    const services = new Set(paths.map((path) => path.split('/')[1]));
    expect(Object.keys(MAY_CALL).sort()).toEqual([...services].sort());
  });

  it('given a path on the wire, then it is the table’s row that answers', () => {
    const allowed = paths.flatMap((path) => IDENTITIES.filter((identity) => mayCall(identity, path)));
    const rows = Object.values(MAY_CALL).flatMap((methods: Readonly<Record<string, readonly string[]>>) =>
      Object.values(methods).flat(),
    );
    expect(allowed).toHaveLength(rows.length);
    expect(mayCall('fulfilment', '/waybill.payments.v1.PaymentService/Charge')).toBe(true);
    expect(mayCall('notifications', '/waybill.payments.v1.PaymentService/Charge')).toBe(false);
  });

  it('given health, then anybody may ask; given reflection, then the operator', () => {
    expect(IDENTITIES.every((identity) => mayCall(identity, '/grpc.health.v1.Health/Check'))).toBe(true);
    const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    expect(IDENTITIES.filter((identity) => mayCall(identity, reflection))).toEqual(['operator']);
  });

  it.each([
    '/waybill.orders.v1.OrderService/DropEverything',
    '/waybill.orders.v1.OrderService/constructor',
    '/constructor/getOrder',
    '/grpc.channelz.v1.Channelz/GetServers',
    '',
  ])('given "%s", which nobody serves, then nobody may call it', (path) => {
    expect(IDENTITIES.filter((identity) => mayCall(identity, path))).toEqual([]);
    expect(isIdentity('constructor')).toBe(false);
  });
});
