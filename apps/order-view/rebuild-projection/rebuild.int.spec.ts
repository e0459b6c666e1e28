import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '#libs/testing/eventually.js';
import { histories, historyOf } from '../testing/histories.js';
import { expected, shown } from '../testing/looking-inside.js';
import { ViewFixture } from '../testing/view-fixture.js';

const CALL = { deadlineMs: 5_000 };

let fixture: ViewFixture;
beforeEach(async () => void (fixture = await ViewFixture.open()));
afterEach(() => fixture.close());

const generations = async () => {
  const { rows } = await sql<{ generation: number; state: string }>`
    select generation, state from projection_generations where projection = 'orders' order by generation`.execute(
    fixture.database.db,
  );
  return rows;
};

describe('a rebuild', () => {
  it('ends with the fold of the log, while orders go on and the old generation serves', async () => {
    fixture.log.append(...histories(40).flat());
    const { view } = await fixture.start();
    await fixture.serving();
    const going = histories(20).flat();
    let at = 0;
    fixture.log.onRead = async () => {
      await fixture.happen(...going.slice(at, (at += 4)));
      const { items, behind } = await view.listOrders(
        { status: 'ORDER_STATUS_UNSPECIFIED', cursor: '', limit: 1, customerId: '', seen: [] },
        { ...CALL, metadata: await fixture.as('olga', ['ops']) },
      );
      expect({ items: items.length, behind }).toEqual({ items: 1, behind: false });
    };
    const metadata = await fixture.as('olga', ['ops'], 'key-1');
    expect(await view.rebuildProjection({ name: 'orders' }, { ...CALL, metadata })).toEqual({ generation: 2 });
    expect(await view.rebuildProjection({ name: 'orders' }, { ...CALL, metadata })).toEqual({ generation: 2 });
    await eventually(
      async () => expect((await generations()).find(({ state }) => state === 'live')?.generation).toBe(2),
      { withinMs: 20_000 },
    );
    await fixture.happen(...going.slice(at));
    await eventually(async () => expect(await shown(fixture)).toEqual(expected(fixture)), { withinMs: 15_000 });
    await eventually(async () =>
      expect(await generations()).toEqual([
        { generation: 1, state: 'dropped' },
        { generation: 2, state: 'live' },
      ]),
    );
    expect(await view.rebuildProjection({ name: 'orders' }, { ...CALL, metadata })).toEqual({ generation: 2 });
  });

  it('is gone on with where its builder died, be it in the middle of an order', async () => {
    fixture.log.atOnce = 3;
    fixture.log.append(...histories(12).flat());
    let told = 0;
    const first = await fixture.start();
    fixture.log.onRead = async () => {
      told += 1;
      if (told > 6) await pause(60_000, undefined, { ref: false });
    };
    await eventually(async () => expect((await generations()).map(({ state }) => state)).toContain('reading'));
    await first.stop();
    await sql`update projection_generations set builder_until = '-infinity'`.execute(fixture.database.db);
    fixture.log.onRead = async () => undefined;
    await fixture.start();
    await fixture.serving();
    expect(await shown(fixture)).toEqual(expected(fixture));
  });

  it('is gone on with where a release that knows no versions has moved its cursor on', async () => {
    fixture.log.append(...histories(12).flat());
    let told = 0;
    fixture.log.onRead = async () => {
      told += 1;
      if (told > 6) await pause(60_000, undefined, { ref: false });
    };
    const first = await fixture.start();
    const { db } = fixture.database;
    await eventually(async () => {
      const { rows } = await sql`select from projection_generations where cursor_version > 1`.execute(db);
      expect(rows).toHaveLength(1);
    });
    await first.stop();
    await sql`
      update projection_generations set builder_until = '-infinity', cursor_version = least(cursor_version, 1)`.execute(
      db,
    );
    fixture.log.onRead = async () => undefined;
    await fixture.start();
    await fixture.serving();
    expect(await shown(fixture)).toEqual(expected(fixture));
  });

  it('leaves the machine to events that come late', async () => {
    fixture.log.append(...histories(10).flat());
    const { view } = await fixture.start({ WAYBILL_REBUILD_YIELD_LAG: '1s', WAYBILL_REBUILD_SHARE: '1' });
    await fixture.serving();
    let beganAt: number | undefined;
    fixture.log.onRead = async () => {
      if (beganAt !== undefined) return;
      await fixture.happen(...historyOf({ placedAt: new Date(Date.now() - 60_000), ending: 'open' }));
      await eventually(async () => expect(await shown(fixture)).toEqual(expected(fixture)));
      beganAt = performance.now();
    };
    const metadata = await fixture.as('olga', ['ops'], 'key-1');
    await view.rebuildProjection({ name: 'orders' }, { ...CALL, metadata });
    await eventually(async () => expect((await generations()).map(({ state }) => state)).toContain('dropped'), {
      withinMs: 20_000,
    });
    // One order at a time, each written in a millisecond at least: it rests for a hundred after each.
    expect(performance.now() - (beganAt ?? Infinity)).toBeGreaterThan(900);
    expect(await shown(fixture)).toEqual(expected(fixture));
  });

  it('is for operators, and of what there is', async () => {
    const { view } = await fixture.start();
    const by = async (name: string, scope: 'ops' | 'orders:read') =>
      view.rebuildProjection({ name }, { ...CALL, metadata: await fixture.as('olga', [scope]) });
    await expect(by('orders', 'orders:read')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(by('weather', 'ops')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
