import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sql } from 'kysely';
import {
  ShipmentState,
  ShippingServiceService,
  type ScheduleShipmentRequest,
} from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { QueueProbe, type Received } from '#libs/messaging/testing/queue-probe.js';
import { signWebhook } from '#libs/security/webhook-signature.js';
import { eventually } from '#libs/testing/eventually.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { freePort } from '#libs/testing/free-port.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { API_KEY, WEBHOOK_SECRET } from '../../apps/carrier-simulator/testing/start-carrier-simulator.js';
import { shippingService } from '../../apps/shipping/shipping.module.js';
import { configOf, orderTo } from '../../apps/shipping/testing/shipping-fixture.js';
import { carrierWorld, type CarrierWorld } from './carrier-world.js';

const DEADLINE = { deadlineMs: 4_500 };

let world: CarrierWorld;
let broker: TestBroker;
let probe: QueueProbe;
let facts: Received[];
let app: NestFastifyApplication;
let shipping: GrpcClient<typeof ShippingServiceService>;

beforeAll(async () => {
  [world, broker] = await Promise.all([carrierWorld(), testBroker()]);
  probe = await QueueProbe.open(broker.url);
  facts = await probe.collect('order-facts');
  const listen = `127.0.0.1:${await freePort()}`;
  const settings = {
    WAYBILL_GRPC_LISTEN: listen,
    WAYBILL_AMQP_URL: broker.url,
    WAYBILL_CARRIER_URL: world.simulator.url,
    WAYBILL_CARRIER_API_KEY: API_KEY,
    WAYBILL_CARRIER_WEBHOOK_SECRET: WEBHOOK_SECRET,
  };
  app = await createService(shippingService(configOf(world.database.url, settings)));
  shipping = grpcClient(ShippingServiceService, listen);
});
afterAll(async () => {
  shipping.close();
  await app.close();
  await probe.close();
  await Promise.all([world.stop(), broker.drop()]);
});

function request(country: string): ScheduleShipmentRequest {
  const { orderId, address, items, shippingMethod } = orderTo(country);
  return { orderId, address, items: [...items], shippingMethod };
}

describe('ShippingService', () => {
  it('schedules, tells, takes webhooks, and hands facts to the orders', async () => {
    const asked = request('DE');
    const { orderId } = asked;
    await expect(shipping.getShipment({ orderId }, DEADLINE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const scheduled = await shipping.scheduleShipment(asked, DEADLINE);
    expect(scheduled).toMatchObject({
      orderId,
      state: ShipmentState.SCHEDULED,
      items: asked.items,
      deliverBy: expect.any(Date),
    });
    expect(await shipping.getShipment({ orderId }, DEADLINE)).toEqual(scheduled);

    await world.moveParcel(orderId as OrderId);
    const { body } = await eventually(() => world.webhooks[0] ?? Promise.reject(new Error('no webhook yet')));
    const webhook = { body: Buffer.from(body), signature: signWebhook(WEBHOOK_SECRET, body) };
    expect(await shipping.receiveCarrierWebhook(webhook, DEADLINE)).toEqual({ duplicate: false });
    expect(await shipping.receiveCarrierWebhook(webhook, DEADLINE)).toEqual({ duplicate: true });
    await expect(shipping.cancelShipment({ orderId }, DEADLINE)).rejects.toMatchObject({ code: 'TOO_LATE' });
    const forged = { ...webhook, signature: signWebhook('some-other-secret', body) };
    await expect(shipping.receiveCarrierWebhook(forged, DEADLINE)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    await eventually(() => expect(facts).toHaveLength(1));
    expect(facts[0]?.envelope).toMatchObject({
      type: 'ShipmentDispatched',
      producer: 'shipping',
      subject: scheduled.id,
      sequence: 2,
      correlationId: orderId,
      data: { orderId, shipmentId: scheduled.id, tracking: scheduled.tracking },
    });
  });

  it('keeps the events of the carrier for 30 days', async () => {
    const age = (id: string, days: number) =>
      sql`
      insert into carrier_events (id, tracking, happened_at, body, outcome, received_at)
      values (${id}, '', now(), '', 'ignored', now() - ${days} * interval '1 day')`.execute(world.database.db);
    await age('evt_young', 29);
    await age('evt_old', 31);
    await app.get(ForgetOldRowsModule, { strict: false }).execute();
    const kept = world.database.db.selectFrom('carrier_events').select('id').where('outcome', '=', 'ignored');
    expect(await kept.execute()).toEqual([{ id: 'evt_young' }]);
  });

  it('refuses what no carrier serves, and cancels what never was', async () => {
    await expect(shipping.scheduleShipment(request('ZZ'), DEADLINE)).rejects.toMatchObject({ code: 'NOT_SERVED' });
    const asked = request('DE');
    const tombstone = {
      id: '',
      orderId: asked.orderId,
      state: ShipmentState.CANCELLED,
      tracking: '',
      items: [],
      deliverBy: undefined,
    };
    expect(await shipping.cancelShipment({ orderId: asked.orderId }, DEADLINE)).toEqual(tombstone);
    await expect(shipping.scheduleShipment(asked, DEADLINE)).rejects.toMatchObject({ code: 'SHIPMENT_CANCELLED' });
  });

  it.each<[string, (valid: ScheduleShipmentRequest) => ScheduleShipmentRequest, string]>([
    ['no order', (valid) => ({ ...valid, orderId: 'order-1' }), 'orderId'],
    ['no address', (valid) => ({ ...valid, address: undefined }), 'address'],
    [
      'a country that is none',
      (valid) => ({ ...valid, address: valid.address && { ...valid.address, country: 'Germany' } }),
      'address.country',
    ],
    ['nothing to send', (valid) => ({ ...valid, items: [] }), 'items'],
    ['a negative quantity', (valid) => ({ ...valid, items: [{ sku: 'MUG', quantity: -1 }] }), 'items.0.quantity'],
  ])('given %s, then the request is refused and nothing is kept', async (_, change, field) => {
    const wrong = change(request('DE'));
    await expect(shipping.scheduleShipment(wrong, DEADLINE)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(field),
    });
    if (field !== 'orderId')
      await expect(shipping.getShipment({ orderId: wrong.orderId }, DEADLINE)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
  });
});
