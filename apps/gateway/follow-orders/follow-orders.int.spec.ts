import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderStatus, type Order } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { metrics } from '#libs/telemetry/metrics.js';
import { eventually } from '#libs/testing/eventually.js';
import { EventReader } from '../testing/event-reader.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { DELIVERED_ORDER, ORDER } from '../testing/sample-messages.js';

const MAX_CLIENTS = 250;
let gateway: RunningGateway;
let readers: EventReader[] = [];

beforeAll(async () => {
  gateway = await runGateway({ WAYBILL_EVENTS_MAX_CLIENTS: String(MAX_CLIENTS) });
});
beforeEach(() => {
  gateway.peers.reset();
  gateway.peers.script('streamOrderUpdates', { orders: [ORDER], open: true });
});
afterEach(async () => {
  for (const reader of readers) reader.leave();
  readers = [];
  await eventually(async () => (await followers()) === 0 && gateway.peers.streams.size === 0);
});
afterAll(() => gateway.stop());

async function follow(headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await EventReader.open(gateway.url, gateway.token, headers);
  readers.push(reader);
  return reader;
}

async function followers(): Promise<number> {
  const { values = [] } = (await metrics.getSingleMetric('waybill_event_clients')?.get()) ?? {};
  return values[0]?.value ?? 0;
}

const version = (number: number, changes: Partial<Order> = {}): Order => ({ ...ORDER, version: number, ...changes });

describe('the events of an order', () => {
  it('are the order as GET answers it, now and after each change, and then the end', async () => {
    const reader = await follow();
    expect(reader.status).toBe(200);
    expect(reader.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    await reader.reached(1);
    gateway.peers.publish(version(2, { status: OrderStatus.RESERVED }));
    gateway.peers.publish(DELIVERED_ORDER);
    gateway.peers.finish();
    await reader.end();
    expect(reader.events.map(({ event, id }) => [event, id])).toEqual([
      ['status', '1'],
      ['status', '2'],
      ['status', '7'],
      ['end', undefined],
    ]);
    const { body } = await gateway.inject({
      url: `/v1/orders/${ORDER_ID}`,
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect(reader.events[0]?.data).toEqual(JSON.parse(body));
  });

  it('go on after the version that the client has seen', async () => {
    gateway.peers.script('streamOrderUpdates', { orders: [], open: true });
    const reader = await follow({ 'last-event-id': '5' });
    expect(gateway.peers.calls[0]?.request).toEqual({ id: ORDER_ID, afterVersion: 5 });
    gateway.peers.publish(version(6));
    await reader.reached(6);
    expect(reader.versions).toEqual([6]);
  });

  it('of an order that has ended, for a client that has seen its end, are none: it is not to come again', async () => {
    gateway.peers.script('streamOrderUpdates', { orders: [], open: false });
    expect((await follow({ 'last-event-id': '7' })).status).toBe(204);
  });

  it('are asked for with the caller’s own token, and refused as orders refuses', async () => {
    gateway.peers.script('streamOrderUpdates', new WaybillError('NOT_FOUND', 'There is no such order.'));
    expect((await follow()).status).toBe(404);
    expect(gateway.peers.calls[0]?.metadata.get('authorization')).toEqual([`Bearer ${gateway.token}`]);
    expect(await followers()).toBe(0);
  });

  it('are not waited for when orders does not say whether they may be had', async () => {
    gateway.peers.script('streamOrderUpdates', 'silence');
    expect((await follow()).status).toBe(504);
    expect(await followers()).toBe(0);
    await eventually(() => gateway.peers.calls[0]?.cancelled === true);
  });

  it.each(['x', '-1', '1.5', '99999999999'])('refuse the last event id %s', async (id) => {
    expect((await follow({ 'last-event-id': id })).status).toBe(400);
    expect(gateway.peers.calls).toEqual([]);
  });

  it('begin anew for a client that has seen nothing', async () => {
    await (await follow({ 'last-event-id': '' })).reached(1);
    expect(gateway.peers.calls[0]?.request).toMatchObject({ afterVersion: 0 });
  });

  it('answer HEAD without beginning', async () => {
    const answer = await fetch(`${gateway.url}/v1/orders/${ORDER_ID}/events`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  });
});

describe('a connection to orders that breaks', () => {
  it('is noticed by no client: its events go on where they were', async () => {
    const reader = await follow();
    await reader.reached(1);
    gateway.peers.script('streamOrderUpdates', { orders: [version(2)], open: true });
    gateway.peers.breakStreams(new WaybillError('UNAVAILABLE', 'This process stops'));
    await reader.reached(2);
    expect(gateway.peers.calls.at(-1)?.request).toMatchObject({ afterVersion: 1 });
    expect(reader.versions).toEqual([1, 2]);
    expect(reader.ended).toBe(false);
  });

  it('ends the events where orders will not have the caller any more: it has to come again, with what it has', async () => {
    const reader = await follow();
    await reader.reached(1);
    gateway.peers.breakStreams(new WaybillError('UNAUTHENTICATED', 'The token has expired'));
    await reader.end();
    expect(reader.events.map(({ event }) => event)).toEqual(['status']);
  });
});

describe('clients that are slow', () => {
  it('get the newest state when they read again, and nothing piles up for them', async () => {
    const slow = await follow();
    const quick = await follow();
    await slow.reached(1);
    slow.response.pause();
    const CHANGES = 1_500;
    const name = 'x'.repeat(16_000);
    for (let number = 2; number <= CHANGES; number += 1) {
      gateway.peers.publish(version(number, { needsAttention: { since: new Date(), step: 'delivery', reason: name } }));
      if (number % 50 === 0) await quick.reached(number);
    }
    await quick.reached(CHANGES);
    slow.response.resume();
    await slow.reached(CHANGES);
    // What was in the sockets' buffers came; of the rest, the newest.
    expect(slow.versions.length).toBeLessThan(CHANGES / 2);
    expect(slow.versions).toEqual([...slow.versions].sort((one, other) => one - other));
  });
});

describe('many clients', () => {
  it('all learn of a change, and leave nothing behind when they go', async () => {
    const many = await Promise.all(Array.from({ length: 200 }, () => follow()));
    await Promise.all(many.map((reader) => reader.reached(1)));
    expect(await followers()).toBe(200);
    gateway.peers.publish(version(2));
    await Promise.all(many.map((reader) => reader.reached(2)));
    for (const reader of many) reader.leave();
    await eventually(async () => (await followers()) === 0);
    await eventually(() => gateway.peers.streams.size === 0);
  });

  it('beyond the limit are told to come back later; when one leaves there is a place', async () => {
    const many = await Promise.all(Array.from({ length: MAX_CLIENTS }, () => follow()));
    const refused = await follow();
    expect([refused.status, refused.response.headers['retry-after']]).toEqual([503, '30']);
    many[0]?.leave();
    await eventually(async () => (await follow()).status === 200);
  });
});

describe('a gateway that stops', () => {
  it('lets its clients go, to come again elsewhere', async () => {
    const stopping = await runGateway();
    stopping.peers.script('streamOrderUpdates', { orders: [ORDER], open: true });
    const reader = await EventReader.open(stopping.url, stopping.token);
    await reader.reached(1);
    await stopping.stop();
    expect(reader.events.map(({ event }) => event)).toEqual(['status']);
    await reader.end();
  });
});
