import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { withTraceparent } from '#libs/telemetry/tracing/current-trace.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { forgetOldRows } from '#libs/persistence/forget-old-rows.js';
import { OLD_INBOX_ROWS, receiveOnce } from './inbox.js';
import { appendOutbox, outboxInsertSql, type OutboxMessage } from './outbox.js';
import { orderEvent, outboxDatabase } from './testing/fixtures.js';

interface Row {
  readonly lane: string;
  readonly message_id: string;
  readonly subject: string;
  readonly routing_key: string;
  readonly priority: number | null;
  readonly headers: Record<string, string>;
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let database: TestDatabase<never>;
beforeAll(async () => (database = await outboxDatabase()));
afterAll(() => database.drop());
beforeEach(() => sql`truncate outbox, inbox`.execute(database.db));

const rows = async (): Promise<readonly Row[]> =>
  (await sql<Row>`select * from outbox order by seq`.execute(database.db)).rows;
const events = (count: number): OutboxMessage[] =>
  Array.from({ length: count }, (_, place) => ({ lane: 'events', envelope: orderEvent('o-1', place + 1) }));

describe('the outbox', () => {
  it('given many messages, when they are appended, then they stand in the order given', async () => {
    const messages = events(300);
    await appendOutbox(database.db, messages);

    expect((await rows()).map(({ message_id }) => message_id)).toEqual(messages.map(({ envelope }) => envelope.id));
  });

  it('given a transaction, when it is rolled back, then nothing is to be sent', async () => {
    const failing = database.db.transaction().execute(async (trx) => {
      await appendOutbox(trx, events(3));
      throw new Error('the order was not placed after all');
    });

    await expect(failing).rejects.toThrow('not placed');
    expect(await rows()).toEqual([]);
  });

  it('given messages of two lanes, when they are appended, then each is addressed by its lane and carries the trace of the call', async () => {
    const envelope = orderEvent('o-1');
    await withTraceparent(TRACEPARENT, () =>
      appendOutbox(database.db, [
        { lane: 'events', envelope },
        { lane: 'email-notifications', envelope, priority: 7 },
      ]),
    );

    expect(await rows()).toEqual([
      expect.objectContaining({
        lane: 'events',
        routing_key: 'OrderRejecting',
        subject: 'o-1',
        priority: null,
        headers: { traceparent: TRACEPARENT },
      }),
      expect.objectContaining({ lane: 'email-notifications', routing_key: 'email-notifications', priority: 7 }),
    ]);
  });

  it('given no messages, when they are appended, then nothing happens', async () => {
    await appendOutbox(database.db, []);

    expect(await rows()).toEqual([]);
  });

  it.each([
    [true, 2],
    [false, 0],
  ])(
    'given a statement of its own whose change happened: %p, then %p messages are appended with it',
    async (changed, count) => {
      const changedRows = sql`exists (select from changed)`;
      await sql`
      with changed as (select 1 where ${changed}::boolean), sent as (${outboxInsertSql(events(2), changedRows)}) select 1`.execute(
        database.db,
      );

      expect(await rows()).toHaveLength(count);
    },
  );
});

describe('the inbox', () => {
  it('given an event, when it comes again, then only the first time counts, for each consumer', async () => {
    const envelope = orderEvent();

    expect(await receiveOnce(database.db, 'mail', envelope)).toBe(true);
    expect(await receiveOnce(database.db, 'mail', envelope)).toBe(false);
    expect(await receiveOnce(database.db, 'invoice', envelope)).toBe(true);
  });

  it('given fifty deliveries of one event at once, then exactly one is the first', async () => {
    const envelope = orderEvent();
    const first = await Promise.all(
      Array.from({ length: 50 }, () => database.db.transaction().execute((trx) => receiveOnce(trx, 'mail', envelope))),
    );

    expect(first.filter(Boolean)).toHaveLength(1);
  });

  it('given a handler whose transaction failed, when the event comes again, then it is new', async () => {
    const envelope = orderEvent();
    const failing = database.db.transaction().execute(async (trx) => {
      await receiveOnce(trx, 'mail', envelope);
      throw new Error('the handler failed');
    });

    await expect(failing).rejects.toThrow('failed');
    expect(await receiveOnce(database.db, 'mail', envelope)).toBe(true);
  });

  it('given events of long ago, when they are forgotten, then recent ones are still known', async () => {
    const [old, recent] = [orderEvent(), orderEvent()];
    await receiveOnce(database.db, 'mail', old);
    await sql`update inbox set received_at = now() - interval '31 days'`.execute(database.db);
    await receiveOnce(database.db, 'mail', recent);

    expect(await forgetOldRows(database.db, OLD_INBOX_ROWS)).toBe(1);
    expect(await receiveOnce(database.db, 'mail', recent)).toBe(false);
  });
});
