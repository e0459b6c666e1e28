import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderLogServiceService } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { histories } from '../testing/histories.js';
import { ScriptedLog } from '../testing/scripted-log.js';
import type { OrderLog } from '../peers.js';
import { BEGINNING, ReadOrderLog } from './read-order-log.js';

let scripted: ScriptedLog;
let client: OrderLog;
let ids: string[];
beforeEach(async () => {
  scripted = new ScriptedLog();
  await scripted.start();
  scripted.append(...histories(12).flat());
  ids = [...scripted.orders.keys()].sort();
  client = new Resilience('order-view').client('orders', OrderLogServiceService, scripted.address);
});
afterEach(() => {
  client.close();
  scripted.stop();
});

async function readAll(): Promise<string[]> {
  const read: string[] = [];
  for await (const { orders } of new ReadOrderLog(client).from(BEGINNING, new AbortController().signal))
    read.push(...orders.map(({ orderId }) => orderId));
  return read;
}

describe('a reading of the whole log', () => {
  it('given a connection that is lost on the way, then it goes on where it was', async () => {
    scripted.loseAfter = 6;
    expect(await readAll()).toEqual(ids);
    expect(scripted.readings).toEqual(['', ids[5]]);
  });

  it('given a connection that is lost in the middle of an order, then it goes on in that order', async () => {
    const read = new Map<string, number[]>();
    scripted.atOnce = 2;
    scripted.loseAfter = 3;
    for await (const { orders } of new ReadOrderLog(client).from(BEGINNING, new AbortController().signal))
      for (const { orderId, events } of orders)
        read.set(orderId, [...(read.get(orderId) ?? []), ...events.map(({ version }) => version)]);
    const whole = [...scripted.orders].map(([id, events]) => [id, events.map(({ version }) => version)] as const);
    expect(read).toEqual(new Map(whole));
    expect(scripted.readings).toHaveLength(2);
  });

  it('given a connection that brings nothing, then it is given up', async () => {
    scripted.loseAfter = 0;
    await expect(readAll()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(scripted.readings).toEqual(['']);
  });
});

it('one order is read to its end, in as many answers as it takes', async () => {
  scripted.atOnce = 2;
  const [id = ''] = ids;
  const read = await new ReadOrderLog(client).after(id, 1);
  expect(read.map(({ version }) => version)).toEqual(
    scripted.orders
      .get(id)
      ?.slice(1)
      .map(({ version }) => version),
  );
  expect(scripted.asked).toBeGreaterThan(1);
});
