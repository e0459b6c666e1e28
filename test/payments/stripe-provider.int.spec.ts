import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { withCallContext } from '#libs/grpc/call-context.js';
import { newId } from '#libs/kernel/ids.js';
import { freePort } from '#libs/testing/free-port.js';
import {
  SIMULATOR_KEY,
  startSimulator,
  type RunningSimulator,
} from '../../apps/payment-simulator/testing/start-simulator.js';
import type { IntentOrder } from '../../apps/payments/provider/payment-provider.js';
import { StripeProvider } from '../../apps/payments/provider/stripe-provider.js';

let simulator: RunningSimulator;
let provider: StripeProvider;

beforeAll(async () => {
  simulator = await startSimulator();
  provider = new StripeProvider({ apiKey: SIMULATOR_KEY, url: simulator.url, timeoutMs: 300 });
});
afterEach(() => simulator.disarm());
afterAll(() => simulator.stop());

function order(orderId: string = newId()): IntentOrder {
  return { key: `test:${orderId}`, orderId, amount: { amount: 1_999, currency: 'EUR' }, paymentMethod: 'pm_ok' };
}

async function intentsOf(orderId: string): Promise<number> {
  return (await simulator.db.selectFrom('payment_intents').select('id').where('order_id', '=', orderId).execute())
    .length;
}

describe('a call to the provider that fails', () => {
  it('with a 500: unavailable, answered, and sent once', async () => {
    const ours = order();
    await simulator.arm({ operation: 'createIntent', moment: 'before', effect: { kind: 'error' } });
    await expect(provider.createIntent(ours)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      answered: true,
      message: expect.stringContaining('500'),
    });
    expect(await intentsOf(ours.orderId)).toBe(0);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('with a connection that breaks %s: unavailable, not answered, and sent once', async (moment, made) => {
    const ours = order();
    await simulator.arm({ operation: 'createIntent', moment, effect: { kind: 'reset' } });
    await expect(provider.createIntent(ours)).rejects.toMatchObject({ code: 'UNAVAILABLE', answered: false });
    expect(await intentsOf(ours.orderId)).toBe(made);
  });

  it('because nobody is there: unavailable', async () => {
    const nobody = new StripeProvider({
      apiKey: SIMULATOR_KEY,
      url: `http://127.0.0.1:${await freePort()}`,
      timeoutMs: 300,
    });
    await expect(nobody.createIntent(order())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      answered: false,
      message: expect.stringContaining('could not be reached'),
    });
  });

  it('by taking too long: its outcome is unknown, and it happened', async () => {
    const ours = order();
    await simulator.arm({ operation: 'createIntent', moment: 'after', effect: { kind: 'delay', ms: 2_000 } });
    const started = Date.now();
    await expect(provider.createIntent(ours)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      answered: false,
      message: expect.stringContaining('not known'),
    });
    expect(Date.now() - started).toBeLessThan(1_800);
    expect(await intentsOf(ours.orderId)).toBe(1);
  });
});

describe('a provider that answers drop by drop', () => {
  it('is given no more time than any other', async () => {
    const dripping = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drops = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drops));
    });
    await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
    const { port } = dripping.address() as AddressInfo;
    const patient = new StripeProvider({ apiKey: SIMULATOR_KEY, url: `http://127.0.0.1:${port}`, timeoutMs: 500 });
    await expect(patient.createIntent(order())).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', answered: false });
    dripping.closeAllConnections();
    dripping.close();
  });
});

describe('the deadline of the call that is being served', () => {
  it('ends the call half a second earlier', async () => {
    const patient = new StripeProvider({ apiKey: SIMULATOR_KEY, url: simulator.url, timeoutMs: 4_000 });
    await simulator.arm({ operation: 'createIntent', moment: 'after', effect: { kind: 'delay', ms: 3_000 } });
    const started = Date.now();
    const call = withCallContext({ deadline: started + 1_000 }, () => patient.createIntent(order()));
    await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(Date.now() - started).toBeLessThan(900);
  });

  it('lets nothing be sent when too little is left', async () => {
    const ours = order();
    const call = withCallContext({ deadline: Date.now() + 550 }, () => provider.createIntent(ours));
    await expect(call).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('nothing was sent'),
    });
    expect(await intentsOf(ours.orderId)).toBe(0);
  });
});
