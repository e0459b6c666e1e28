import type { OrderId } from '#libs/kernel/ids.js';
import { newId } from '#libs/kernel/ids.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { openDatabase } from '#libs/persistence/database.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { CancelShipment } from '../cancel-shipment/cancel-shipment.js';
import type { Carrier } from '../carrier/carrier.js';
import { migrations } from '../migrations/index.js';
import { CarrierEvents } from '../receive-carrier-webhook/carrier-events.js';
import { ReceiveCarrierWebhook } from '../receive-carrier-webhook/receive-carrier-webhook.js';
import { ScheduleShipment } from '../schedule-shipment/schedule-shipment.js';
import type { ShippingSchema } from '../schema.js';
import { Shipments, type ShipmentOrder } from '../shipment/shipments.js';
import { shippingConfig, type ShippingConfig } from '../shipping.config.js';

export type ShippingDatabase = TestDatabase<ShippingSchema>;

export function shippingDatabase(): Promise<ShippingDatabase> {
  return testDatabase<ShippingSchema>(migrations);
}

export interface ShippingProcess {
  readonly shipments: Shipments;
  readonly schedule: ScheduleShipment;
  readonly cancel: CancelShipment;
  readonly receive: ReceiveCarrierWebhook;
  /** How often the relay was told that there is something to send. */
  readonly wakes: () => number;
  readonly stop: () => Promise<void>;
}

/** What one process of shipping can do, with connections of its own. Nothing runs in the background; the outbox is not sent. */
export function shippingProcess(
  database: ShippingDatabase,
  carrier: Carrier,
  settings: Record<string, string> = {},
): ShippingProcess {
  const db = openDatabase<ShippingSchema>({ url: database.url, pool: 4, name: 'shipping-test' });
  const config = configOf(database.url, settings);
  const relay = new OutboxRelay(db as never, {
    producer: 'shipping',
    amqpUrl: 'amqp://unused',
    databaseUrl: database.url,
  });
  let wakes = 0;
  relay.wake = () => void (wakes += 1);
  const shipments = new Shipments(db, config, relay);
  const events = new CarrierEvents(db, shipments);
  return {
    shipments,
    schedule: new ScheduleShipment(shipments, events, carrier),
    cancel: new CancelShipment(shipments, carrier),
    receive: new ReceiveCarrierWebhook(config, shipments, events),
    wakes: () => wakes,
    stop: () => db.destroy(),
  };
}

export function configOf(databaseUrl: string, settings: Record<string, string>): ShippingConfig {
  return shippingConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_GRPC_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: databaseUrl,
    WAYBILL_AMQP_URL: 'amqp://127.0.0.1:9',
    WAYBILL_CARRIER_URL: 'http://127.0.0.1:9',
    WAYBILL_CARRIER_API_KEY: 'unused',
    WAYBILL_CARRIER_WEBHOOK_SECRET: 'carrier-webhook-secret',
    ...settings,
  });
}

export function orderTo(country: string, more: Partial<ShipmentOrder> = {}): ShipmentOrder {
  const address = { name: 'Ada', line1: 'Weg 1', city: 'Berlin', postalCode: '10115', country };
  return {
    orderId: newId<OrderId>(),
    address,
    items: [{ sku: 'MUG', quantity: 2 }],
    shippingMethod: 'standard',
    ...more,
  };
}

export interface Told {
  readonly lane: string;
  readonly envelope: Envelope;
}

/** What the outbox holds about an order, in the order in which it was appended. */
export async function toldAbout(database: ShippingDatabase, orderId: OrderId): Promise<Told[]> {
  const rows = await (database.db as never as OutboxDb)
    .selectFrom('outbox')
    .select(['lane', 'envelope'])
    .orderBy('seq')
    .execute();
  return rows
    .map(({ lane, envelope }) => ({ lane, envelope: JSON.parse(envelope) as Envelope }))
    .filter(({ envelope }) => envelope.correlationId === orderId);
}

type OutboxDb = import('kysely').Kysely<{ outbox: { lane: string; seq: number; envelope: string } }>;
