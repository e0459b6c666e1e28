import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'kysely';
import { partitionOf, PARTITIONS } from '#libs/contracts/topology.js';
import { newId } from '#libs/kernel/ids.js';
import { BrokerProxy } from '#libs/messaging/testing/broker-proxy.js';
import { eventually } from '#libs/testing/eventually.js';
import { histories, historyOf } from '../testing/histories.js';
import { expected, shown } from '../testing/looking-inside.js';
import { bodyOf, ViewFixture } from '../testing/view-fixture.js';
import { partitionsHeld } from './projection-metrics.js';

/** Leases run out and streams fall silent in their own time, whatever else the machine does. */
jest.setTimeout(90_000);

let fixture: ViewFixture;
beforeEach(async () => void (fixture = await ViewFixture.open()));
afterEach(() => fixture.close());

/** Every read model is the fold of the log. */
const inStep = (): Promise<unknown> =>
  eventually(async () => expect(await shown(fixture)).toEqual(expected(fixture)), { withinMs: 15_000 });

/** How many partitions each process holds. */
async function holders(): Promise<number[]> {
  const { rows } = await sql<{ held: number }>`
    select count(*) as held from stream_leases where until > now() group by holder`.execute(fixture.database.db);
  return rows.map(({ held }) => held);
}

describe('projecting', () => {
  it('follows orders of all endings, whatever comes fifty times or late', async () => {
    await fixture.start();
    await fixture.serving();
    const logs = histories(20);
    fixture.log.append(...logs.flat());
    await fixture.publish(...logs.flat());
    const [again = []] = logs;
    for (let times = 0; times < 50; times += 1) await fixture.publish(...again);
    await inStep();
  });

  it('fetches from the log what is missing, and what comes in the wrong order', async () => {
    await fixture.start();
    await fixture.serving();
    const [first, second] = [historyOf({ ending: 'delivered' }), historyOf({ ending: 'cancelled' })];
    fixture.log.append(...first, ...second);
    await fixture.publish(...first.slice(-1), ...second.toReversed());
    await inStep();
    expect(fixture.log.asked).toBeGreaterThan(0);
  });

  it('is spread over two processes, each event applied once, and goes on when one of them stops', async () => {
    const first = await fixture.start();
    await fixture.serving();
    await fixture.start();
    await eventually(async () => expect(await holders()).toEqual([4, 4]), { withinMs: 15_000 });
    const logs = histories(16);
    await fixture.happen(...logs.flatMap((log) => log.slice(0, 3)));
    await inStep();
    await first.stop();
    await fixture.happen(...logs.flatMap((log) => log.slice(3)));
    await inStep();
    expect(await holders()).toEqual([8]);
  });

  it('goes on in another process when one can reach the broker no more, and is shared again when it can', async () => {
    const way = await BrokerProxy.open(fixture.broker.url);
    try {
      await fixture.start({ WAYBILL_AMQP_URL: way.url, WAYBILL_PROJECTION_CUT_OFF: '500ms' });
      await fixture.serving();
      await fixture.start();
      await eventually(async () => expect(await holders()).toEqual([4, 4]), { withinMs: 15_000 });
      way.isolate();
      await fixture.happen(...histories(8).flat());
      await inStep();
      expect(await holders()).toEqual([8]);
      way.heal();
      await eventually(async () => expect(await holders()).toEqual([4, 4]), { withinMs: 15_000 });
    } finally {
      await Promise.all(fixture.replicas.map(({ stop }) => stop()));
      await way.close();
    }
  });

  it('answers nothing of what stands still: while no process can read, what there is may be old', async () => {
    const way = await BrokerProxy.open(fixture.broker.url);
    const { view, stop } = await fixture.start({ WAYBILL_AMQP_URL: way.url, WAYBILL_PROJECTION_CUT_OFF: '500ms' });
    try {
      await fixture.serving();
      const [log = []] = histories(1);
      await fixture.happen(...log);
      await inStep();
      const call = { deadlineMs: 5_000, metadata: await fixture.as('olga', ['ops', 'orders:read']) };
      const everybody = { status: 'ORDER_STATUS_UNSPECIFIED', cursor: '', limit: 5, customerId: '', seen: [] } as const;
      const behind = async () => [
        (await view.listOrders({ ...everybody, seen: [] }, call)).behind,
        (await view.getTimeline({ id: log[0]?.orderId ?? '', minVersion: 0 }, call)).behind,
      ];
      await eventually(async () => expect(await behind()).toEqual([false, false]));
      way.isolate();
      await eventually(async () => expect(await behind()).toEqual([true, true]), { withinMs: 15_000 });
      const { items } = await view.listProjections({}, call);
      expect(items.map(({ standing }) => standing)).toEqual(items.map(() => [...PARTITIONS]));
      way.heal();
      await eventually(async () => expect(await behind()).toEqual([false, false]), { withinMs: 15_000 });
    } finally {
      await stop();
      await way.close();
    }
  });

  it('writes nothing in a process whose partitions were taken over while it was frozen', async () => {
    await fixture.start();
    await fixture.serving();
    const { db } = fixture.database;
    await eventually(async () => expect((await epochs()).every((epoch) => epoch > 0)).toBe(true));
    await sql`update stream_leases set holder = 'another', epoch = epoch + 1, until = 'infinity'`.execute(db);
    await sql`update stream_checkpoints set epoch = epoch + 1`.execute(db);
    const positions = sql`select partition, position from stream_checkpoints order by consumer, partition`;
    const before = (await positions.execute(db)).rows;
    await fixture.happen(...histories(8).flat());
    await eventually(async () => expect(await heldPartitions()).toBe(0));
    expect((await positions.execute(db)).rows).toEqual(before);
    await sql`update stream_leases set until = '-infinity'`.execute(db);
    await inStep();
  });

  it('does anew what a crash of the database took back, though no other event comes', async () => {
    await fixture.start();
    await fixture.serving();
    await fixture.happen(...histories(5).flat());
    await inStep();
    await fixture.database.db.transaction().execute(async (trx) => {
      await sql`truncate orders_1, timeline_1, sales_1, sales_orders_1`.execute(trx);
      await sql`update stream_checkpoints set position = -1, anchor = null`.execute(trx);
    });
    await inStep();
  });

  it('notes what is no event of its partition, and passes over it', async () => {
    await fixture.start();
    await fixture.serving();
    const [log, other] = [historyOf({ ending: 'delivered' }), historyOf({ ending: 'rejected' })];
    const home = partitionOf(log[0]?.orderId ?? '');
    const wrong = PARTITIONS.find((partition) => partition !== partitionOf(other[0]?.orderId ?? '')) ?? 0;
    const strange = other.slice(0, 1).map(bodyOf);
    await fixture.put(
      home,
      ...['no JSON', '{}', JSON.stringify({ producer: 'inventory', type: 'StockReserved' })],
      ...strange.map((body) => JSON.stringify({ ...JSON.parse(body), subject: 'no id \u0000' })),
      ...strange.map((body) => body.replace(/("subject":)("[^"]+")/, (_, key, id: string) => key + id.toUpperCase())),
    );
    await fixture.put(wrong, ...other.map(bodyOf));
    await fixture.happen(...log);
    await inStep();
    const { rows } = await sql<{ noted: number }>`select count(*) as noted from stream_oddities`.execute(
      fixture.database.db,
    );
    expect(rows[0]?.noted).toBe(5 + other.length);
  });

  it('applies what was recorded long ago', async () => {
    await fixture.start();
    await fixture.serving();
    await fixture.happen(...historyOf({ ending: 'open', placedAt: new Date('2020-02-29T12:00:00Z') }));
    await inStep();
  });

  it('stops visibly in one partition where the database refuses what came, and goes on in the others', async () => {
    const { view } = await fixture.start();
    await fixture.serving();
    const [refused] = historyOf({ sku: 'NUL\u0000' });
    const partition = partitionOf(refused?.orderId ?? '');
    const logs = histories(24);
    const elsewhere = logs.filter(([event]) => partitionOf(event?.orderId ?? '') !== partition);
    await fixture.put(partition, ...(refused ? [bodyOf(refused)] : []));
    await fixture.happen(...logs.flat());
    const metadata = await fixture.as('olga', ['ops']);
    await eventually(
      async () => {
        const { items } = await view.listProjections({}, { deadlineMs: 3_000, metadata });
        for (const { stopped } of items) expect(stopped).toEqual([{ partition, reason: expect.any(String) }]);
        expect(await keptOrders()).toBe(elsewhere.length);
      },
      { withinMs: 15_000 },
    );
  });

  it('asks the log for an event that it cannot read, and stops visibly where the log has nothing readable either', async () => {
    const { view } = await fixture.start();
    await fixture.serving();
    const readable = historyOf({ ending: 'open' });
    const [first] = readable;
    const orderId = first?.orderId ?? '';
    const broken = (version: number, orderId: string): string =>
      JSON.stringify({
        ...{
          id: newId(),
          producer: 'orders',
          subject: orderId,
          sequence: version,
          correlationId: orderId,
          causationId: null,
        },
        ...{ type: 'OrderTeleported', schemaVersion: 9, occurredAt: new Date().toISOString(), data: {} },
      });
    fixture.log.append(...readable);
    await fixture.publish(...readable.slice(0, 2));
    await fixture.put(partitionOf(orderId), broken(3, orderId));
    await inStep();

    const unknown = newId<string>();
    const partition = partitionOf(unknown);
    fixture.log.unreadable.set(unknown, {
      version: 1,
      type: 'OrderTeleported',
      schemaVersion: 1,
      occurredAtMs: Date.now(),
      data: '{}',
    });
    await fixture.put(partition, broken(1, unknown));
    const behindIt = histories(40);
    await fixture.happen(...behindIt.flat());
    const metadata = await fixture.as('olga', ['ops']);
    await eventually(async () => {
      const { items } = await view.listProjections({}, { deadlineMs: 3_000, metadata });
      for (const { state, stopped } of items) {
        expect(state).toBe('PROJECTION_STATE_STOPPED');
        expect(stopped).toEqual([{ partition, reason: expect.stringContaining('OrderTeleported') }]);
      }
    });
    const elsewhere = behindIt.filter(([event]) => partitionOf(event?.orderId ?? '') !== partition).length;
    await eventually(async () => expect(await keptOrders()).toBe(elsewhere + 1));
  });
});

async function keptOrders(): Promise<number> {
  const { rows } = await sql<{ orders: number }>`select count(*) as orders from orders_1`.execute(fixture.database.db);
  return rows[0]?.orders ?? 0;
}

async function epochs(): Promise<number[]> {
  const { rows } = await sql<{ epoch: number }>`select epoch from stream_checkpoints`.execute(fixture.database.db);
  return rows.map(({ epoch }) => epoch);
}

async function heldPartitions(): Promise<number> {
  const { values } = await partitionsHeld.get();
  return values[0]?.value ?? 0;
}
