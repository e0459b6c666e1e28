import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bulkUpdate, placeOrder, receivePaymentWebhook } from '#libs/contracts/http/operations.js';
import { listBreakers } from '#libs/contracts/http/resilience.js';
import { eventually } from '#libs/testing/eventually.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { validRequest } from '../testing/valid-requests.js';

const SETTINGS = {
  WAYBILL_UNDER_WAY_PLACING: '4',
  WAYBILL_UNDER_WAY_CHANGING: '3',
  WAYBILL_UNDER_WAY_READING: '2',
  WAYBILL_UNDER_WAY_BACKGROUND: '1',
};

let gateway: RunningGateway;
let leaving: AbortController;
beforeEach(async () => {
  gateway = await runGateway(SETTINGS);
  leaving = new AbortController();
  gateway.peers.script('getOrder', 'silence');
});
afterEach(async () => {
  leaving.abort();
  await gateway.stop();
});

const authorization = () => ({ authorization: `Bearer ${gateway.token}` });
/** A request that stays until its client leaves. */
const occupy = (): void =>
  void fetch(`${gateway.url}/v1/orders/${ORDER_ID}`, { headers: authorization(), signal: leaving.signal }).catch(
    () => undefined,
  );
const occupied = (count: number) => eventually(() => expect(gateway.peers.calls).toHaveLength(count));
const products = () => gateway.inject({ url: '/v1/products', headers: authorization() });
const desk = () => gateway.inject(validRequest(listBreakers, gateway.tokenFor(listBreakers)));

describe('when much is under way', () => {
  it('what is less important is refused first, at once, with the time to come back; nothing is done for it', async () => {
    occupy();
    await occupied(1);
    const refused = await gateway.inject(validRequest(bulkUpdate, gateway.token));
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
      503,
      '1',
      expect.objectContaining({ code: 'OVERLOADED' }),
    ]);
    expect((await products()).statusCode).toBe(200);
    occupy();
    await occupied(3);
    expect((await products()).statusCode).toBe(503);
    expect((await gateway.inject(validRequest(placeOrder, gateway.token))).statusCode).toBe(201);
    expect((await gateway.inject(validRequest(receivePaymentWebhook, ''))).statusCode).toBe(202);
    expect((await gateway.inject({ url: '/healthz' })).statusCode).toBe(200);
  });

  it('an operator still sees why: what readers are refused for does not keep the desk from answering', async () => {
    occupy();
    occupy();
    await occupied(2);
    expect((await products()).statusCode).toBe(503);
    expect((await desk()).statusCode).toBe(200);
  });

  it('there is room again as soon as clients have left', async () => {
    occupy();
    occupy();
    await occupied(2);
    expect((await products()).statusCode).toBe(503);
    leaving.abort();
    await eventually(async () => expect((await products()).statusCode).toBe(200));
    const left = gateway.peers.calls.filter(({ method }) => method === 'getOrder');
    await eventually(() => expect(left.map(({ cancelled }) => cancelled)).toEqual([true, true]));
  });
});
