import type { OrderId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import {
  API_KEY,
  simulatorDatabase,
  startCarrierSimulator,
  WEBHOOK_SECRET,
  type RunningSimulator,
  type SimulatorDatabase,
} from '../../apps/carrier-simulator/testing/start-carrier-simulator.js';
import {
  receiveWebhooks,
  type ReceivedWebhook,
  type WebhookReceiver,
} from '../../apps/carrier-simulator/testing/webhook-receiver.js';
import { EasyPostCarrier } from '../../apps/shipping/carrier/easypost-carrier.js';
import {
  configOf,
  shippingDatabase,
  shippingProcess,
  type ShippingDatabase,
  type ShippingProcess,
} from '../../apps/shipping/testing/shipping-fixture.js';
import { faultyLink, type FaultyLink } from './faulty-link.js';

const NEVER_MS = 86_400_000;

export interface CarrierWorld {
  readonly database: ShippingDatabase;
  readonly carrierDatabase: SimulatorDatabase;
  readonly simulator: RunningSimulator;
  readonly link: FaultyLink;
  /** Two processes of shipping on one database. */
  readonly one: ShippingProcess;
  readonly two: ShippingProcess;
  /** What the carrier has sent; it reaches process two only while `deliverWebhooks` is on. */
  readonly webhooks: readonly ReceivedWebhook[];
  readonly stageOf: (orderId: OrderId) => Promise<string[]>;
  readonly moveParcel: (orderId: OrderId) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface WorldOptions {
  readonly dispatchAfterMs?: number;
  readonly deliverAfterMs?: number;
  readonly deliverWebhooks?: boolean;
  readonly timeoutMs?: number;
}

/** Shipping in two processes, the official SDK, a network that can fail, the carrier's simulator, its webhooks: all real but the hours. */
export async function carrierWorld(options: WorldOptions = {}): Promise<CarrierWorld> {
  const { dispatchAfterMs = NEVER_MS, deliverAfterMs = NEVER_MS, deliverWebhooks = false, timeoutMs = 2_000 } = options;
  const [database, carrierDatabase] = await Promise.all([shippingDatabase(), simulatorDatabase()]);
  const receiver: WebhookReceiver = await receiveWebhooks(async ({ body, signature }) => {
    if (!deliverWebhooks) return 202;
    return two.receive.execute({ body: Buffer.from(body), signature }).then(
      () => 202,
      () => 503,
    );
  });
  const simulator = await startCarrierSimulator(carrierDatabase, {
    WAYBILL_CARRIER_DISPATCH_AFTER: dispatchAfterMs,
    WAYBILL_CARRIER_DELIVER_AFTER: deliverAfterMs,
    WAYBILL_CARRIER_WEBHOOK_URL: receiver.url,
  });
  const link = await faultyLink(simulator.url);
  const carrier = easyPostCarrier(link.url, API_KEY, timeoutMs);
  const settings = { WAYBILL_CARRIER_WEBHOOK_SECRET: `a-secret-that-comes-next,${WEBHOOK_SECRET}` };
  const [one, two] = [shippingProcess(database, carrier, settings), shippingProcess(database, carrier, settings)];
  const rowsOf = (orderId: OrderId) =>
    carrierDatabase.db
      .selectFrom('shipments')
      .select(['id', 'stage'])
      .where('reference', '=', orderId)
      .orderBy('created_at')
      .execute();
  return {
    database,
    carrierDatabase,
    simulator,
    link,
    one,
    two,
    webhooks: receiver.received,
    /** Every shipment that the carrier knows by this order, unbought quotes left out. */
    stageOf: async (orderId) => (await rowsOf(orderId)).map(({ stage }) => stage).filter((stage) => stage !== 'quoted'),
    moveParcel: async (orderId) => {
      const before = await rowsOf(orderId);
      for (const { id } of before) await simulator.moveNow(id);
      await eventually(async () => JSON.stringify(await rowsOf(orderId)) !== JSON.stringify(before));
    },
    stop: async () => {
      await Promise.all([one.stop(), two.stop(), simulator.stop()]);
      await Promise.all([link.stop(), receiver.stop()]);
      await Promise.all([database.drop(), carrierDatabase.drop()]);
    },
  };
}

export function easyPostCarrier(
  url: string | undefined,
  apiKey: string,
  timeoutMs = 2_000,
  shipFrom?: string,
): EasyPostCarrier {
  const config = configOf('postgres://unused', shipFrom === undefined ? {} : { WAYBILL_CARRIER_SHIP_FROM: shipFrom });
  return new EasyPostCarrier({
    apiKey,
    url,
    timeoutMs,
    shipFrom: config.WAYBILL_CARRIER_SHIP_FROM,
    ouncesPerItem: config.WAYBILL_CARRIER_OUNCES_PER_ITEM,
  });
}
