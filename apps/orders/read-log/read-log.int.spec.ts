import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  OrderLogServiceService,
  type LoggedEvent,
  type ReadLogRequest,
  type ReadLogResponse,
} from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { newId } from '#libs/kernel/ids.js';
import { grpcClient } from '#libs/grpc/client.js';
import { eventually } from '#libs/testing/eventually.js';
import { sql } from 'kysely';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { ReadLog, type LogCall } from './read-log.js';

const FROM_THE_BEGINNING = { afterOrderId: '', afterVersion: 0, inParts: true };

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterAll(() => fixture.close());

/** Takes what it is sent, and never asks for more. */
class SlowReader extends EventEmitter {
  readonly taken: ReadLogResponse[] = [];

  write(message: ReadLogResponse): boolean {
    this.taken.push(message);
    return false;
  }
}

class QuickReader extends SlowReader {
  override write(message: ReadLogResponse): boolean {
    super.write(message);
    return true;
  }
}

it('given a reader that does not keep up, when the process stops, then the reading ends and says that it was not the end', async () => {
  await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  const log = new ReadLog(fixture.db);
  const reader = new SlowReader();
  const reading = log.readAll(FROM_THE_BEGINNING, reader as unknown as LogCall);
  await eventually(() => expect(reader.taken).toHaveLength(1));
  log.beforeApplicationShutdown();
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(reader.taken).toHaveLength(1);
});

it('given a process that stops while it reads past the last event, then the reading does not end as if all had been told', async () => {
  await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  const db = fixture.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) => {
      if (result.rows.length === 0) log.beforeApplicationShutdown();
      return Promise.resolve(result);
    },
  });
  const log = new ReadLog(db);
  const reader = new QuickReader();
  await expect(log.readAll(FROM_THE_BEGINNING, reader as unknown as LogCall)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  expect(reader.taken.flatMap(({ orders }) => orders)).toEqual([]);
});

/** As they may come from an order that was tried thousands of times: more than any reader takes in one message. */
const LONG = 9_000;

async function longOrder(): Promise<string> {
  const id = newId<string>();
  await sql`
    insert into order_events (order_id, version, type, schema_version, data, occurred_at)
    select ${id}::uuid, version, 'OrderProgressed', 1, jsonb_build_object('detail', repeat('.', 500)), now()
    from generate_series(1, ${LONG}::integer) as version`.execute(fixture.db);
  await sql`
    insert into orders (id, customer_id, version, status, placed, progress, open, created_at, updated_at)
    values (${id}, 'anna', 1, 'PENDING', '{}', '{}', false, now(), now())`.execute(fixture.db);
  return id;
}

describe('an order whose log no message can hold', () => {
  let id: string;
  beforeAll(async () => void (id = await longOrder()));
  const versionsOf = (events: readonly LoggedEvent[]) => events.map(({ version }) => version);
  const reading = (request: Partial<ReadLogRequest>) => {
    const client = grpcClient(OrderLogServiceService, fixture.first.address);
    const call = client.readLog({ ...FROM_THE_BEGINNING, ...request }, {}) as AsyncIterable<ReadLogResponse>;
    return { call, client };
  };

  it('is read in parts, in order and whole, among the others', async () => {
    const { call, client } = reading({});
    const messages: ReadLogResponse[] = [];
    for await (const message of call) messages.push(message);
    client.close();
    const parts = messages.flatMap(({ orders }) => orders.filter(({ orderId }) => orderId === id));
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.flatMap(({ events }) => versionsOf(events))).toEqual(Array.from({ length: LONG }, (_, n) => n + 1));
    expect(messages[0]?.ordersToCome).toBe(3);
    for (const { orders } of messages) expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(orders.length);
  });

  it('is gone on with in its middle', async () => {
    const { call, client } = reading({ afterOrderId: id, afterVersion: LONG - 2 });
    const read: LoggedEvent[] = [];
    for await (const { orders } of call) for (const { events } of orders) read.push(...events);
    client.close();
    expect(versionsOf(read)).toEqual([LONG - 1, LONG]);
  });

  it('is passed over once it was read', async () => {
    const { call, client } = reading({ afterOrderId: id });
    for await (const { orders } of call) expect(orders).toEqual([]);
    client.close();
  });

  it('is told in several answers where it is asked for by itself', async () => {
    const client = grpcClient(OrderLogServiceService, fixture.first.address);
    const { events, more } = await client.getEvents({ orderId: id, afterVersion: 3 }, CALL);
    expect([events[0]?.version, more]).toEqual([4, true]);
    const rest = await client.getEvents({ orderId: id, afterVersion: LONG - 1 }, CALL);
    client.close();
    expect([versionsOf(rest.events), rest.more]).toEqual([[LONG], false]);
  });
});
