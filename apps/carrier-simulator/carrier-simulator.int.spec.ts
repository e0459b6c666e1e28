import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { verifyWebhook } from '#libs/security/webhook-signature.js';
import { eventually } from '#libs/testing/eventually.js';
import { officialClient, type OfficialClient } from './testing/official-sdk.js';
import {
  API_KEY,
  simulatorDatabase,
  startCarrierSimulator,
  WEBHOOK_SECRET,
  type RunningSimulator,
  type SimulatorDatabase,
} from './testing/start-carrier-simulator.js';
import { receiveWebhooks, type WebhookReceiver } from './testing/webhook-receiver.js';

interface TrackerEvent {
  readonly id: string;
  readonly result: { readonly shipment_id: string };
}

const NEVER = 86_400_000;
const parcelTo = (country: string, city = 'Berlin') => ({
  reference: 'order-1',
  to_address: { name: 'Ada', street1: 'Weg 1', city, zip: '10115', country },
  from_address: { name: 'Waybill', street1: 'Hafen 2', city: 'Hamburg', zip: '20095', country: 'DE' },
  parcel: { weight: 12 },
});

describe('the carrier simulator, through the official SDK', () => {
  let database: SimulatorDatabase;
  let simulator: RunningSimulator;
  let carrier: OfficialClient;

  beforeAll(async () => {
    database = await simulatorDatabase();
    simulator = await startCarrierSimulator(database, { WAYBILL_CARRIER_DISPATCH_AFTER: NEVER });
    carrier = officialClient(API_KEY, simulator.url);
  });
  afterAll(async () => {
    await simulator.stop();
    await database.drop();
  });

  const bought = async () => {
    const { id, rates } = await carrier.Shipment.create(parcelTo('DE'));
    return carrier.Shipment.buy(id, rates[0]?.id ?? '');
  };

  it('given an address that is served, then it quotes rates and sells nothing', async () => {
    const shipment = await carrier.Shipment.create(parcelTo('FR'));
    expect(shipment).toMatchObject({
      object: 'Shipment',
      reference: 'order-1',
      status: 'unknown',
      tracking_code: null,
      tracker: null,
    });
    expect(shipment.id).toMatch(/^shp_[0-9a-f]{32}$/);
    expect(shipment.rates.length).toBeGreaterThan(1);
    expect(shipment.rates[0]).toMatchObject({
      object: 'Rate',
      shipment_id: shipment.id,
      rate: expect.stringMatching(/^\d+\.\d\d$/),
    });
  });

  it('given a country that no carrier serves, then there are no rates, a message says why, and nothing can be bought', async () => {
    const shipment = await carrier.Shipment.create(parcelTo('ZZ'));
    expect(shipment.rates).toEqual([]);
    expect(shipment.messages[0]).toMatchObject({ type: 'rate_error', message: 'ZZ is not served.' });
    await expect(carrier.Shipment.buy(shipment.id, 'rate_none')).rejects.toMatchObject({
      statusCode: 422,
      code: 'SHIPMENT.RATES.UNAVAILABLE',
    });
  });

  it.each([
    ['no address', { ...parcelTo('DE'), to_address: undefined }],
    ['a country that is none', parcelTo('Germany')],
    ['a parcel without weight', { ...parcelTo('DE'), parcel: { weight: 0 } }],
  ])('given %s, then it says what is wrong', async (_, request) => {
    const creation = carrier.Shipment.create(request);
    await expect(creation).rejects.toMatchObject({
      statusCode: 422,
      code: 'SHIPMENT.INVALID_PARAMS',
      errors: [{ field: expect.stringContaining('shipment.') }],
    });
  });

  it('given a purchase, then there is a label, a tracker and a tracking code', async () => {
    const shipment = await bought();
    expect(shipment).toMatchObject({
      status: 'pre_transit',
      refund_status: null,
      postage_label: { object: 'PostageLabel' },
    });
    expect(shipment.tracker).toMatchObject({
      shipment_id: shipment.id,
      status: 'pre_transit',
      tracking_code: shipment.tracking_code,
    });
    expect(await carrier.Tracker.retrieve(shipment.tracker.id)).toMatchObject({
      id: shipment.tracker.id,
      shipment_id: shipment.id,
    });
    const { trackers } = await carrier.Tracker.all({ tracking_code: shipment.tracking_code });
    expect(trackers).toMatchObject([{ id: shipment.tracker.id }]);
  });

  it('given twenty purchases at once, then one is sold and the others are told that postage exists', async () => {
    const { id, rates } = await carrier.Shipment.create(parcelTo('DE'));
    const purchases = await Promise.allSettled(
      Array.from({ length: 20 }, () => carrier.Shipment.buy(id, rates[0]?.id ?? '')),
    );
    const refusals = purchases.flatMap((purchase) =>
      purchase.status === 'rejected' ? [purchase.reason as unknown] : [],
    );
    expect(refusals).toHaveLength(19);
    for (const refusal of refusals) expect(refusal).toMatchObject({ statusCode: 422, code: 'SHIPMENT.POSTAGE.EXISTS' });
  });

  it("given another shipment's rate, then it sells nothing", async () => {
    const [one, other] = [await carrier.Shipment.create(parcelTo('DE')), await carrier.Shipment.create(parcelTo('DE'))];
    await expect(carrier.Shipment.buy(one.id, other.rates[0]?.id ?? '')).rejects.toMatchObject({
      code: 'SHIPMENT.MISSING_RATE',
    });
    expect(await carrier.Shipment.retrieve(one.id)).toMatchObject({ tracking_code: null });
  });

  it('finds by id, and by reference the newest that carries it', async () => {
    const reference = `order-${Date.now()}`;
    const first = await carrier.Shipment.create({ ...parcelTo('DE'), reference });
    const second = await carrier.Shipment.create({ ...parcelTo('DE'), reference });
    expect((await carrier.Shipment.retrieve(first.id)).id).toBe(first.id);
    expect((await carrier.Shipment.retrieve(reference)).id).toBe(second.id);
    await expect(carrier.Shipment.retrieve('shp_none')).rejects.toMatchObject({ statusCode: 404, code: 'NOT_FOUND' });
  });

  it('lists what was bought, newest first, page by page', async () => {
    const [older, newer] = [await bought(), await bought()];
    const page = await carrier.Shipment.all({ page_size: 1 });
    expect(page).toMatchObject({ shipments: [{ id: newer.id }], has_more: true });
    const next = await carrier.Shipment.all({ page_size: 1, before_id: newer.id });
    expect(next.shipments).toMatchObject([{ id: older.id }]);
  });

  it('given a refund before the hand-over, then the label is void for good', async () => {
    const { id, selected_rate } = await bought();
    expect(await carrier.Shipment.refund(id)).toMatchObject({ status: 'cancelled', refund_status: 'submitted' });
    await expect(carrier.Shipment.refund(id)).rejects.toMatchObject({
      statusCode: 422,
      code: 'SHIPMENT.REFUND.UNAVAILABLE',
    });
    await expect(carrier.Shipment.buy(id, selected_rate.id)).rejects.toMatchObject({ code: 'SHIPMENT.POSTAGE.EXISTS' });
  });

  it('given a refund of what was never bought, then it refuses', async () => {
    const { id } = await carrier.Shipment.create(parcelTo('DE'));
    await expect(carrier.Shipment.refund(id)).rejects.toMatchObject({
      statusCode: 422,
      code: 'SHIPMENT.POSTAGE.REQUIRED',
    });
  });

  it.each(['wrong-key', `${API_KEY}x`])('given the key %s, then it refuses', async (key) => {
    const stranger = officialClient(key, simulator.url);
    await expect(stranger.Shipment.retrieve('order-1')).rejects.toMatchObject({ statusCode: 401 });
    const response = await fetch(`${simulator.url}/v2/shipments`);
    expect(response.status).toBe(401);
  });

  it('given broken JSON, then it refuses and stays up', async () => {
    const authorization = `Basic ${Buffer.from(`${API_KEY}:`).toString('base64')}`;
    const response = await fetch(`${simulator.url}/v2/shipments`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{',
    });
    expect(response.status).toBe(400);
  });
});

describe('a parcel on its way', () => {
  let database: SimulatorDatabase;
  let receiver: WebhookReceiver | undefined;
  const running: RunningSimulator[] = [];

  beforeEach(async () => {
    database = await simulatorDatabase();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
    await receiver?.stop();
    await database.drop();
  });

  async function start(settings: Parameters<typeof startCarrierSimulator>[1] = {}): Promise<OfficialClient> {
    const fast = { WAYBILL_CARRIER_DISPATCH_AFTER: 30, WAYBILL_CARRIER_DELIVER_AFTER: 30 };
    const webhooks = receiver ? { WAYBILL_CARRIER_WEBHOOK_URL: receiver.url } : {};
    const simulator = await startCarrierSimulator(database, { ...fast, ...webhooks, ...settings });
    running.push(simulator);
    return officialClient(API_KEY, simulator.url);
  }

  async function buy(carrier: OfficialClient, city?: string) {
    const { id, rates } = await carrier.Shipment.create(parcelTo('DE', city));
    return carrier.Shipment.buy(id, rates[0]?.id ?? '');
  }

  const statusOf = async (carrier: OfficialClient, id: string) => (await carrier.Shipment.retrieve(id)).status;
  const events = (): TrackerEvent[] => (receiver?.received ?? []).map(({ body }) => JSON.parse(body) as TrackerEvent);

  it('is handed over and delivered, and the shop is told by signed webhooks', async () => {
    receiver = await receiveWebhooks(() => 202);
    const carrier = await start();
    const { id, tracking_code } = await buy(carrier);
    await eventually(() => expect(events()).toHaveLength(2));
    const result = { object: 'Tracker', shipment_id: id, tracking_code };
    expect(events()).toMatchObject([
      {
        object: 'Event',
        description: 'tracker.updated',
        previous_attributes: { status: 'pre_transit' },
        result: { ...result, status: 'in_transit' },
      },
      {
        object: 'Event',
        description: 'tracker.updated',
        previous_attributes: { status: 'in_transit' },
        result: { ...result, status: 'delivered' },
      },
    ]);
    expect(await statusOf(carrier, id)).toBe('delivered');
    for (const { body, signature } of receiver.received) {
      const check = verifyWebhook({ header: signature, body: Buffer.from(body), secrets: [WEBHOOK_SECRET] });
      expect(check.valid).toBe(true);
    }
  });

  it('is lost on the way to Atlantis', async () => {
    receiver = await receiveWebhooks(() => 202);
    await buy(await start(), 'Atlantis');
    await eventually(() => expect(events()).toHaveLength(2));
    expect(events()[1]).toMatchObject({ result: { status: 'failure', status_detail: 'lost' } });
  });

  it('cannot be taken back after the hand-over', async () => {
    const carrier = await start({ WAYBILL_CARRIER_DELIVER_AFTER: NEVER });
    const { id } = await buy(carrier);
    await eventually(async () => expect(await statusOf(carrier, id)).toBe('in_transit'));
    await expect(carrier.Shipment.refund(id)).rejects.toMatchObject({
      code: 'SHIPMENT.REFUND.UNAVAILABLE',
      message: expect.stringContaining('shipped'),
    });
  });

  it('when it is taken back around its hand-over, then exactly one of the two wins', async () => {
    receiver = await receiveWebhooks(() => 202);
    const carrier = await start({ WAYBILL_CARRIER_DISPATCH_AFTER: 400, WAYBILL_CARRIER_DELIVER_AFTER: NEVER });
    const race = async (offsetMs: number) => {
      const { id } = await buy(carrier);
      const row = database.db.selectFrom('shipments').select('next_move_at').where('id', '=', id);
      const due = (await row.executeTakeFirst())?.next_move_at ?? new Date(0);
      await pause(Math.max(0, due.getTime() - Date.now() + offsetMs));
      const refunded = await carrier.Shipment.refund(id).then(
        () => true,
        () => false,
      );
      await eventually(async () => expect(await statusOf(carrier, id)).toBe(refunded ? 'cancelled' : 'in_transit'));
      return { id, refunded };
    };
    const races = await Promise.all(Array.from({ length: 32 }, (_, step) => race(4 * step - 64)));
    const handedOver = races.filter(({ refunded }) => !refunded).map(({ id }) => id);
    await eventually(() =>
      expect(
        events()
          .map(({ result }) => result.shipment_id)
          .sort(),
      ).toEqual([...handedOver].sort()),
    );
  });

  it('given a simulator that stops before the hand-over, then the next one hands it over', async () => {
    receiver = await receiveWebhooks(() => 202);
    const { id } = await buy(await start({ WAYBILL_CARRIER_DISPATCH_AFTER: 300 }));
    await running.splice(0)[0]?.stop();
    expect(events()).toEqual([]);
    const carrier = await start();
    await eventually(async () => expect(await statusOf(carrier, id)).toBe('delivered'));
    await eventually(() => expect(events()).toHaveLength(2));
  });

  it('given two simulators on one database, then each move happens once', async () => {
    receiver = await receiveWebhooks(() => 202);
    const [one] = [await start(), await start()];
    await Promise.all(Array.from({ length: 20 }, () => buy(one)));
    await eventually(async () => {
      const rows = await database.db.selectFrom('webhooks').select('delivered_at').execute();
      expect(rows).toHaveLength(40);
      expect(rows.every(({ delivered_at }) => delivered_at !== null)).toBe(true);
    });
    expect(new Set(events().map(({ id }) => id)).size).toBe(40);
  });

  it('given a shop that fails and then answers, then each webhook arrives with the same id and bytes', async () => {
    let failures = 2;
    receiver = await receiveWebhooks(() => (failures-- > 0 ? 503 : 202));
    await buy(await start({ WAYBILL_CARRIER_DELIVER_AFTER: NEVER }));
    await eventually(() => expect(receiver?.received).toHaveLength(3));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    await eventually(async () => {
      const rows = await database.db.selectFrom('webhooks').selectAll().execute();
      expect(rows).toMatchObject([{ attempts: 3, delivered_at: expect.any(Date), last_problem: null }]);
    });
  });

  it('given a shop that cannot be reached, then the webhook waits, also over a restart', async () => {
    await buy(
      await start({ WAYBILL_CARRIER_DELIVER_AFTER: NEVER, WAYBILL_CARRIER_WEBHOOK_URL: 'http://127.0.0.1:9/' }),
    );
    await eventually(async () => {
      const rows = await database.db.selectFrom('webhooks').selectAll().execute();
      expect(rows).toMatchObject([{ delivered_at: null, last_problem: expect.any(String) }]);
    });
    await running.splice(0)[0]?.stop();
    receiver = await receiveWebhooks(() => 202);
    await start();
    await eventually(() => expect(receiver?.received).toHaveLength(1));
  });
});
