import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { InventoryServiceService, ReservationState } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { createService } from '#libs/kernel/run-service.js';
import { QueueProbe, type Received } from '#libs/messaging/testing/queue-probe.js';
import { eventually } from '#libs/testing/eventually.js';
import { freePort } from '#libs/testing/free-port.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { inventoryConfig } from './inventory.config.js';
import { InventoryModule } from './inventory.module.js';
import type { InventorySchema } from './schema.js';
import { newOrder } from './testing/inventory-fixture.js';

const DEADLINE = { deadlineMs: 3_000 };

describe('the inventory service', () => {
  let database: TestDatabase<InventorySchema>;
  let broker: TestBroker;
  let probe: QueueProbe;
  let levels: Received[];
  let app: INestApplication;
  let inventory: GrpcClient<typeof InventoryServiceService>;

  beforeAll(async () => {
    [database, broker] = await Promise.all([testDatabase<InventorySchema>({}), testBroker()]);
    probe = await QueueProbe.open(broker.url);
    levels = await probe.collect('catalog-availability');
    const address = `127.0.0.1:${await freePort()}`;
    app = await start(address);
    inventory = grpcClient(InventoryServiceService, address);
  });
  afterAll(async () => {
    inventory.close();
    await app.close();
    await probe.close();
    await Promise.all([database.drop(), broker.drop()]);
  });

  /** The service on an empty database. */
  const start = async (address: string): Promise<INestApplication> => {
    process.env['WAYBILL_AMQP_URL'] = broker.url;
    process.env['WAYBILL_DATABASE_URL'] = database.url;
    const config = inventoryConfig.parse({
      WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
      WAYBILL_GRPC_LISTEN: address,
      WAYBILL_DATABASE_URL: database.url,
      WAYBILL_AMQP_URL: broker.url,
      WAYBILL_LEVELS_EVERY: '5ms',
    });
    return createService({
      name: 'inventory',
      config,
      module: InventoryModule.with(config),
      grpc: { listen: address, services: { 'waybill.inventory.v1.InventoryService': InventoryServiceService } },
    });
  };
  /** The last level of each warehouse that others were told of. */
  const toldOf = (sku: string) =>
    Object.fromEntries(
      levels
        .map(({ envelope }) => envelope.data as { sku: string; warehouse: string; available: number })
        .filter((level) => level.sku === sku)
        .map(({ warehouse, available }) => [warehouse, available]),
    );

  it('tells its first delivery at a fresh start', async () => {
    await eventually(() => {
      expect(new Set(levels.map(({ envelope }) => envelope.subject)).size).toBe(52);
      expect(toldOf('LAST-TEN')).toEqual({ ROTTERDAM: 10, LEIPZIG: 0 });
      expect(toldOf('SOLD-OUT')).toEqual({ ROTTERDAM: 0, LEIPZIG: 0 });
    });
  });

  it('takes an order from hold to shipped, and tells others what is left', async () => {
    const order = { orderId: newOrder(), lines: [{ sku: 'LAST-TEN', quantity: 4 }] };
    const hold = await inventory.hold(order, DEADLINE);
    expect(hold).toMatchObject({ orderId: order.orderId, state: ReservationState.HELD, expiresAt: expect.any(Date) });
    expect(await inventory.reserve(order, DEADLINE)).toMatchObject({
      state: ReservationState.RESERVED,
      expiresAt: undefined,
    });
    expect(await inventory.ship(order, DEADLINE)).toMatchObject({ state: ReservationState.SHIPPED });

    const { items } = await inventory.listStock({ skus: ['LAST-TEN'], cursor: '', limit: 0 }, DEADLINE);
    expect(items).toContainEqual(
      expect.objectContaining({ warehouse: 'ROTTERDAM', available: 6, shipped: 4, received: 10 }),
    );
    await eventually(() => expect(toldOf('LAST-TEN')).toMatchObject({ ROTTERDAM: 6 }));
  });

  it('answers refusals with their codes', async () => {
    const hold = (sku: string, quantity = 1) =>
      inventory.hold({ orderId: newOrder(), lines: [{ sku, quantity }] }, DEADLINE);
    await expect(hold('SOLD-OUT')).rejects.toMatchObject({ code: 'OUT_OF_STOCK', details: { skus: 'SOLD-OUT' } });
    await expect(hold('NO-SUCH')).rejects.toMatchObject({ code: 'UNKNOWN_SKU', details: { skus: 'NO-SUCH' } });
    const orderId = newOrder();
    expect(await inventory.release({ orderId }, DEADLINE)).toMatchObject({ state: ReservationState.RELEASED });
    const late = inventory.reserve({ orderId, lines: [{ sku: 'MUG-ENAMEL', quantity: 1 }] }, DEADLINE);
    await expect(late).rejects.toMatchObject({ code: 'RELEASED' });
  });

  it.each([
    ['no lines', { lines: [] }],
    ['a quantity of zero', { lines: [{ sku: 'MUG-ENAMEL', quantity: 0 }] }],
    ['a negative quantity', { lines: [{ sku: 'MUG-ENAMEL', quantity: -1 }] }],
    ['a huge quantity', { lines: [{ sku: 'MUG-ENAMEL', quantity: 2_147_483_647 }] }],
    [
      'a SKU twice',
      {
        lines: [
          { sku: 'MUG-ENAMEL', quantity: 1 },
          { sku: 'MUG-ENAMEL', quantity: 2 },
        ],
      },
    ],
    ['text that Postgres cannot store', { lines: [{ sku: 'MUG\u0000', quantity: 1 }] }],
    ['101 lines', { lines: Array.from({ length: 101 }, (_, place) => ({ sku: `SKU-${place}`, quantity: 1 })) }],
    ['an order id that is none', { orderId: '1; drop table stock', lines: [{ sku: 'MUG-ENAMEL', quantity: 1 }] }],
  ])('refuses %s, and changes nothing', async (_what, wrong) => {
    const request = { orderId: newOrder() as string, ...wrong };
    await expect(inventory.hold(request, DEADLINE)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(inventory.reserve(request, DEADLINE)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('takes what an operator has counted', async () => {
    const counted = { sku: 'SOLD-OUT', warehouse: 'LEIPZIG', available: 3 };
    expect(await inventory.setStock(counted, DEADLINE)).toMatchObject({ ...counted, received: 3, held: 0 });
    const negative = inventory.setStock({ ...counted, available: -1 }, DEADLINE);
    await expect(negative).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
