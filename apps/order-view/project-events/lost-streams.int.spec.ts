import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect } from 'amqplib';
import { sql } from 'kysely';
import { EVENTS_EXCHANGE, partitionOf, streamOf } from '#libs/contracts/topology.js';
import { newId } from '#libs/kernel/ids.js';
import { BrokerConnection } from '#libs/messaging/connection.js';
import { firstPosition } from '#libs/messaging/stream/stream-ends.js';
import { eventually } from '#libs/testing/eventually.js';
import type { LoggedEvent } from '../projections/projection.js';
import { histories, historyOf } from '../testing/histories.js';
import { expected, shown } from '../testing/looking-inside.js';
import { ViewFixture } from '../testing/view-fixture.js';

/** Leases run out and streams fall silent in their own time, whatever else the machine does. */
jest.setTimeout(150_000);

const PARTITION = 5;

let fixture: ViewFixture;
beforeEach(async () => void (fixture = await ViewFixture.open()));
afterEach(() => fixture.close());

const inStep = (): Promise<unknown> =>
  eventually(async () => expect(await shown(fixture)).toEqual(expected(fixture)), { withinMs: 60_000 });

/** An order of this partition. */
function inPartition(): string {
  for (;;) {
    const id = newId<string>();
    if (partitionOf(id) === PARTITION) return id;
  }
}

async function remake(args: Record<string, unknown>): Promise<void> {
  const model = await connect(fixture.broker.url);
  const channel = await model.createChannel();
  await channel.deleteQueue(streamOf(PARTITION));
  await channel.assertQueue(streamOf(PARTITION), { durable: true, arguments: { 'x-queue-type': 'stream', ...args } });
  await channel.bindQueue(streamOf(PARTITION), EVENTS_EXCHANGE, streamOf(PARTITION));
  await model.close();
}

/** So much that the broker forgets what was before. */
async function fill(): Promise<void> {
  const long = historyOf({ orderId: inPartition(), ending: 'open' });
  const [placed, step] = long;
  if (placed === undefined || step?.event.type !== 'OrderProgressed') throw new Error('an order begins otherwise');
  const { data } = step.event;
  const padded = Array.from({ length: 400 }, (_, n): LoggedEvent => ({
    ...step,
    version: n + 2,
    event: { type: 'OrderProgressed', data: { ...data, attempt: n + 1, outcome: 'failed', detail: '.'.repeat(5_000) } },
  }));
  await fixture.happen(placed, ...padded);
}

async function causes(): Promise<string[]> {
  const { rows } = await sql<{ cause: string }>`
    select cause from projection_generations where projection = 'orders' order by generation`.execute(
    fixture.database.db,
  );
  return rows.map(({ cause }) => cause);
}

describe('a stream that has lost what was not applied', () => {
  it('by truncation, is made good from the log', async () => {
    await remake({ 'x-max-length-bytes': 300_000, 'x-stream-max-segment-size-bytes': 100_000 });
    const log = historyOf({ orderId: inPartition(), ending: 'delivered' });
    const { stop } = await fixture.start();
    await fixture.serving();
    await fixture.happen(...log.slice(0, 2));
    await inStep();
    await stop();

    await fixture.happen(...log.slice(2));
    const connection = await BrokerConnection.open({ url: fixture.broker.url, name: 'test' });
    await eventually(async () => {
      await fill();
      expect(await firstPosition(connection, PARTITION)).toBeGreaterThan(20);
    });
    await connection.close();
    await fixture.start();
    // The broker may have forgotten everything by now: then it is what comes next that tells.
    await fixture.happen(...historyOf({ orderId: inPartition(), ending: 'open' }));
    await inStep();
    await eventually(async () => expect(await causes()).toEqual(['first', 'truncated']));
  });

  it('because it was made anew, is made good from the log', async () => {
    const log = historyOf({ orderId: inPartition(), ending: 'delivered' });
    const { stop } = await fixture.start();
    await fixture.serving();
    await fixture.happen(...log.slice(0, 3));
    await inStep();
    await stop();
    await remake({});
    fixture.log.append(...log);
    await fixture.start();
    await inStep();
    expect(await causes()).toEqual(['first', 'truncated']);
  });

  it('because all of it was forgotten, is made good from the log before anything else comes', async () => {
    await fixture.start({ WAYBILL_PROJECTION_SILENCE: '1s' });
    await fixture.serving();
    const log = historyOf({ orderId: inPartition(), ending: 'delivered' });
    await fixture.happen(...log.slice(0, 3));
    await inStep();
    fixture.log.append(...log);
    await inStep();
    expect(await causes()).toEqual(['first', 'truncated']);
  });

  it('because it is gone, does not keep the others waiting, and is put back', async () => {
    const { view } = await fixture.start();
    await fixture.serving();
    const log = historyOf({ orderId: inPartition(), ending: 'delivered' });
    await fixture.happen(...log.slice(0, 3));
    await inStep();
    await fixture.broker.manage('DELETE', `/queues/%VHOST%/${streamOf(PARTITION)}`);
    const { items } = await view.listProjections(
      {},
      { deadlineMs: 3_000, metadata: await fixture.as('olga', ['ops']) },
    );
    expect(items.map(({ behind }) => behind)).toEqual(items.map(() => undefined));
    await fixture.happen(
      ...histories(8)
        .filter(([first]) => partitionOf(first?.orderId ?? '') !== PARTITION)
        .flat(),
    );
    await inStep();
    fixture.log.append(...log);
    await inStep();
  });
});
