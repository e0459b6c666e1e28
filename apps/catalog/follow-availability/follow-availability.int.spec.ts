import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { createService } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { newEnvelope, serialiseEnvelope } from '#libs/messaging/envelope.js';
import { QueueProbe } from '#libs/messaging/testing/queue-probe.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { catalogConfig } from '../catalog.config.js';
import { CatalogModule } from '../catalog.module.js';
import { FindProduct } from '../find-product/find-product.js';
import type { CatalogSchema } from '../schema.js';

const QUEUE = 'catalog-availability';

describe('following availability through the queue', () => {
  let database: TestDatabase<CatalogSchema>;
  let broker: TestBroker;
  let probe: QueueProbe;
  let app: INestApplication;

  beforeAll(async () => {
    [database, broker] = await Promise.all([testDatabase<CatalogSchema>({}), testBroker()]);
    probe = await QueueProbe.open(broker.url);
    const config = catalogConfig.parse({
      WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
      WAYBILL_GRPC_LISTEN: '127.0.0.1:1',
      WAYBILL_DATABASE_URL: database.url,
      WAYBILL_AMQP_URL: broker.url,
      WAYBILL_JWKS_URL: 'file:///nowhere',
      WAYBILL_TOKEN_ISSUER: 'nobody',
    });
    app = await createService({
      name: 'catalog',
      config,
      module: CatalogModule.with(config),
      amqp: () => new AmqpServer({ url: broker.url, name: 'catalog' }),
    });
  });
  afterAll(async () => {
    await app.close();
    await probe.close();
    await Promise.all([database.drop(), broker.drop()]);
  });

  const tell = (warehouse: string, sequence: number, available: number): Promise<void> => {
    const data = { sku: 'SOLD-OUT', warehouse, available };
    const subject = `${data.sku}@${warehouse}`;
    return probe.put(
      QUEUE,
      serialiseEnvelope(newEnvelope({ type: 'StockLevelChanged', producer: 'inventory', subject, sequence, data })),
    );
  };
  const shown = async () => (await app.get(FindProduct).execute('SOLD-OUT')).available;

  it('shows nothing before it was told, then the sum of what it was told last', async () => {
    expect(await shown()).toBe(0);
    await tell('LEIPZIG', 1, 4);
    await tell('ROTTERDAM', 1, 3);
    await eventually(async () => expect(await shown()).toBe(7));
  });

  it('skips what was overtaken, and what comes again', async () => {
    await tell('LEIPZIG', 3, 40);
    await tell('LEIPZIG', 2, 20);
    await tell('LEIPZIG', 3, 41);
    await tell('ROTTERDAM', 2, 5);
    await eventually(async () => {
      expect(await shown()).toBe(45);
      expect(await probe.depth(QUEUE)).toBe(0);
    });
  });
});
