import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import {
  API_KEY,
  simulatorDatabase,
  startCarrierSimulator,
} from '../../apps/carrier-simulator/testing/start-carrier-simulator.js';
import {
  carrierContract,
  carrierContractUnderFaults,
  type CarrierUnderTest,
} from '../../apps/shipping/carrier/carrier.contract.js';
import { orderTo } from '../../apps/shipping/testing/shipping-fixture.js';
import { easyPostCarrier } from './carrier-world.js';
import { faultyLink } from './faulty-link.js';

const REAL_KEY = process.env['EASYPOST_API_KEY'];
const SAN_FRANCISCO =
  '{"name":"EasyPost","line1":"417 Montgomery Street","city":"San Francisco","state":"CA","postalCode":"94104","country":"US"}';

describe('the simulator', () => {
  let close: () => Promise<void>;
  let simulator: CarrierUnderTest;
  let url: string;

  beforeAll(async () => {
    const database = await simulatorDatabase();
    const day = 86_400_000;
    const running = await startCarrierSimulator(database, {
      WAYBILL_CARRIER_DISPATCH_AFTER: day,
      WAYBILL_CARRIER_DELIVER_AFTER: day,
    });
    const link = await faultyLink(running.url);
    url = link.url;
    const move = async (reference: string, stage: string) => {
      await running.moveNow(reference);
      const row = () =>
        database.db.selectFrom('shipments').select('stage').where('id', '=', reference).executeTakeFirst();
      await eventually(async () => (await row())?.stage === stage);
    };
    simulator = {
      carrier: easyPostCarrier(link.url, API_KEY),
      served: orderTo('DE').address,
      unserved: orderTo('ZZ').address,
      simulated: {
        handOver: ({ reference }) => move(reference, 'in_transit'),
        deliver: ({ reference }) => move(reference, 'delivered'),
        loseReplyOf: (lost) => {
          link.decide = ({ call }) => {
            if (call !== lost) return undefined;
            link.heal();
            return 'lose-reply';
          };
        },
        cutOff: () => {
          link.decide = () => 'hang';
        },
        heal: () => link.heal(),
        labelsSold: async (orderId) => {
          const sold = database.db.selectFrom('shipments').select('id').where('reference', '=', orderId);
          return (await sold.where('stage', 'not in', ['quoted', 'voided']).execute()).length;
        },
      },
    };
    close = async () => {
      await running.stop();
      await link.stop();
      await database.drop();
    };
  });
  afterAll(() => close());

  carrierContract(() => simulator);
  carrierContractUnderFaults(() => simulator);

  it('given a wrong key, then the error says that we are at fault', async () => {
    const stranger = easyPostCarrier(url, 'EZTK-wrong');
    const quote = stranger.quote({ ...orderTo('DE'), orderId: newId<OrderId>() });
    await expect(quote).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('API key') });
  });

  it.each([
    ['standard', 'Ground'],
    ['express', 'Express'],
  ])('given shipping by %s, then the rate is %s', async (shippingMethod, service) => {
    const order = orderTo('DE', { shippingMethod });
    const quote = await simulator.carrier.quote(order);
    const shipment = await fetch(`${url}/v2/shipments/${order.orderId}`, {
      headers: { authorization: `Basic ${btoa(`${API_KEY}:`)}` },
    });
    const { rates } = (await shipment.json()) as { rates: { id: string; service: string }[] };
    expect(quote).toMatchObject({
      kind: 'quoted',
      label: { rate: rates.find((rate) => rate.service === service)?.id },
    });
  });
});

const itself = REAL_KEY === undefined ? describe.skip : describe;
itself(`EasyPost itself${REAL_KEY === undefined ? ': not run, EASYPOST_API_KEY is not set' : ''}`, () => {
  carrierContract(() => ({
    carrier: easyPostCarrier(undefined, REAL_KEY ?? '', 20_000, SAN_FRANCISCO),
    served: { name: 'Ada', line1: '179 N Harbor Dr', city: 'Redondo Beach', postalCode: '90277', country: 'US' },
    unserved: orderTo('ZZ').address,
  }));
});
