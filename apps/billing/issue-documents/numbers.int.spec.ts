import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { newId } from '#libs/kernel/ids.js';
import type { AddressData } from '#libs/contracts/events.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { BillingEventsController } from '../follow-events/billing-events.controller.js';
import { RememberEvents } from '../follow-events/remember-events.js';
import { migrations } from '../migrations/index.js';
import type { BillingSchema } from '../schema.js';
import { sampleInvoice } from '../testing/sample-documents.js';
import {
  cancelling,
  captured,
  confirmed,
  ELSEWHERE,
  placed,
  redirected,
  refunded,
  retold,
} from '../testing/sample-events.js';
import { Calendar } from './calendar.js';
import { IssueDocuments } from './issue-documents.js';

let database: TestDatabase<BillingSchema>;
let billing: BillingEventsController;
let now: Date;
/** To which addresses documents of an order were to be made out. */
const asked = new Map<string, Set<string>>();

beforeAll(async () => {
  database = await testDatabase<BillingSchema>(migrations, { pool: 12 });
  const { db } = database;
  const recipients = {
    of: async ({ order_id, address }: { order_id: string; address: AddressData }) => {
      asked.set(order_id, new Set([...(asked.get(order_id) ?? []), address.line1]));
      return sampleInvoice().recipient;
    },
  };
  const calendar = new Calendar('Europe/Berlin', () => now);
  const { seller } = sampleInvoice();
  const documents = new IssueDocuments(db, { wake: () => undefined }, seller, calendar, recipients as never);
  billing = new BillingEventsController(new RememberEvents(db), documents);
});
afterAll(() => database.drop());
beforeEach(() => {
  now = new Date('2026-11-20T10:00:00Z');
});

const take = (event: Envelope): Promise<void> => {
  switch (event.type) {
    case 'OrderPlaced':
      return billing.placed(event as Envelope<'OrderPlaced'>);
    case 'AmendApplied':
      return billing.amended(event as Envelope<'AmendApplied'>);
    case 'OrderConfirmed':
      return billing.confirmed(event as Envelope<'OrderConfirmed'>);
    case 'OrderCancelling':
      return billing.cancelling(event as Envelope<'OrderCancelling'>);
    case 'PaymentCaptured':
      return billing.captured(event as Envelope<'PaymentCaptured'>);
    default:
      return billing.refunded(event as Envelope<'RefundIssued'>);
  }
};
/** As the queue does: what failed comes again. */
const takeUntilTaken = async (event: Envelope): Promise<number> => {
  for (let failures = 0; ; failures += 1) {
    try {
      await take(event);
      return failures;
    } catch (error) {
      if (failures >= 200) throw error;
    }
  }
};
const documents = () =>
  database.db.selectFrom('documents').select(['kind', 'year', 'serial', 'order_id', 'movement', 'number']).execute();
const serialsOf = async (kind: string, year = 2026): Promise<number[]> =>
  (await documents())
    .filter((each) => each.kind === kind && each.year === year)
    .map(({ serial }) => serial)
    .sort((one, other) => one - other);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const wipe = () =>
  sql`truncate documents, movements, orders, final_versions, counters, inbox, outbox`.execute(database.db);
afterEach(wipe);

describe('the numbers of documents', () => {
  it('have no gap and no duplicate, though captures are concurrent and a third of the transactions abort at their end', async () => {
    await sql`create sequence commits`.execute(database.db);
    await sql`create function fail_sometimes() returns trigger language plpgsql as $$ begin
      if nextval('commits') % 3 = 0 then raise 'lost at the last moment'; end if; return null; end $$`.execute(
      database.db,
    );
    await sql`create constraint trigger fail_sometimes after insert on documents
      deferrable initially deferred for each row execute function fail_sometimes()`.execute(database.db);
    try {
      const orders = Array.from({ length: 40 }, () => newId());
      const events = orders.flatMap((id) => {
        const money = [captured(id), refunded(id), retold(captured(id))];
        return [...money, placed(id), cancelling(id)];
      });
      const failures = await Promise.all(events.map(takeUntilTaken));
      expect(failures.reduce((sum, each) => sum + each)).toBeGreaterThan(20);
      expect(await serialsOf('invoice')).toEqual(upTo(40));
      expect(await serialsOf('credit-note')).toEqual(upTo(40));
      const { rows } = await sql<{
        told: number;
      }>`select count(distinct envelope::jsonb -> 'data' ->> 'number')::int as told from outbox`.execute(database.db);
      expect(rows).toEqual([{ told: 80 }]);
    } finally {
      await sql`drop function fail_sometimes cascade`.execute(database.db);
      await sql`drop sequence commits`.execute(database.db);
    }
  });

  it('are one per movement of money, in whichever order its events come and however often', async () => {
    const deliveries = fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(deliveries, fc.boolean(), async (places, together) => {
        await wipe();
        const id = newId();
        const events = [placed(id), captured(id), refunded(id), cancelling(id)] as const;
        const coming = places.map((place) => events[place] as Envelope); // places are 0 to 3
        if (together) await Promise.all(coming.map(takeUntilTaken));
        else for (const event of coming) await take(event);
        expect((await documents()).map(({ kind, movement, number }) => [kind, movement, number]).sort()).toEqual([
          ['credit-note', 2, 'CN-2026-000001'],
          ['invoice', 1, 'INV-2026-000001'],
        ]);
      }),
      { numRuns: 25 },
    );
  });

  it('stand on documents that name the last address, in whichever order the events come', async () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    await fc.assert(
      fc.asyncProperty(order, async (places) => {
        await wipe();
        const id = newId();
        const events = [placed(id), redirected(id), confirmed(id, 3), captured(id), refunded(id)] as const;
        const waiting = places.map((place) => events[place] as Envelope); // places are 0 to 4
        // As the queue does: what comes before its order comes again.
        for (let event = waiting.shift(); event; event = waiting.shift()) {
          const next = event;
          await take(next).catch(() => waiting.push(next));
        }
        const rows = await database.db.selectFrom('documents').select(['kind', 'content']).orderBy('place').execute();
        expect(rows.map(({ kind, content }) => [kind, content.order.id])).toEqual([
          ['invoice', id],
          ['credit-note', id],
        ]);
        expect(asked.get(id)).toEqual(new Set([ELSEWHERE]));
      }),
      { numRuns: 25 },
    );
  });

  it('begin anew with the seller’s year', async () => {
    const [old, young] = [newId(), newId()];
    now = new Date('2026-12-31T22:59:59Z');
    for (const event of [placed(old), captured(old), confirmed(old)]) await take(event);
    now = new Date('2026-12-31T23:00:00Z'); // midnight in Berlin
    for (const event of [placed(young), captured(young), confirmed(young)]) await take(event);
    expect((await documents()).map(({ number }) => number).sort()).toEqual(['INV-2026-000001', 'INV-2027-000001']);
  });
});

describe('a part that is refunded', () => {
  it('is credited for what it is, and the rest when it follows', async () => {
    const id = newId();
    const refunds = [refunded(id, 1_000, 2), refunded(id, 1_480, 3)];
    for (const event of [placed(id), captured(id), cancelling(id), ...refunds]) await take(event);
    const rows = await database.db
      .selectFrom('documents')
      .select(['kind', 'total', 'invoice', 'place'])
      .orderBy('place')
      .execute();
    expect(rows).toEqual([
      { kind: 'invoice', total: 2_480, invoice: null, place: 1 },
      { kind: 'credit-note', total: 1_000, invoice: 'INV-2026-000001', place: 2 },
      { kind: 'credit-note', total: 1_480, invoice: 'INV-2026-000001', place: 3 },
    ]);
  });
});
