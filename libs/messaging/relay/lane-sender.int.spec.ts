import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Lane } from '#libs/contracts/topology.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { parseEnvelope } from '../envelope.js';
import { appendOutbox } from '../outbox.js';
import type { OutgoingMessage, Publisher, PublishOutcome } from '../publisher.js';
import { orderEvent, outboxDatabase } from '../testing/fixtures.js';
import { LaneSender } from './lane-sender.js';
import { readBatches } from './outbox-rows.js';

let database: TestDatabase<never>;
beforeAll(async () => (database = await outboxDatabase()));
afterAll(() => database.drop());

/** Say, for each message in turn, what a broker does with it; once the list is used up it takes everything. */
type Mood = PublishOutcome | 'taken, but the confirm is lost';
const refusing = fc.array(fc.constantFrom<Mood>('confirmed', 'refused'), { maxLength: 40 });
const failing = fc.array(
  fc.constantFrom<Mood>('confirmed', 'refused', 'unconfirmed', 'taken, but the confirm is lost'),
  { maxLength: 40 },
);
/** Which subject each message belongs to. */
const backlogs = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 20 });

class MoodyBroker {
  asked = 0;
  readonly arrived: { subject: string; sequence: number }[] = [];

  constructor(private readonly moods: Mood[]) {}

  async publishAll(messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
    this.asked++;
    return messages.map(({ body }) => {
      const mood = this.moods.shift() ?? 'confirmed';
      if (mood === 'confirmed' || mood === 'taken, but the confirm is lost')
        this.arrived.push(parseEnvelope(body.toString()));
      return mood === 'taken, but the confirm is lost' ? 'unconfirmed' : mood;
    });
  }
}

/** Sends a whole backlog through a broker of such moods. @returns per subject the sequences as they arrived. */
async function sendAll(lane: Lane, subjects: readonly string[], moods: readonly Mood[]): Promise<number[][]> {
  const broker = new MoodyBroker([...moods]);
  const next = new Map<string, number>();
  const messages = subjects.map((subject) => {
    const sequence = (next.get(subject) ?? 0) + 1;
    next.set(subject, sequence);
    return { lane, envelope: orderEvent(subject, sequence) };
  });
  await appendOutbox(database.db, messages);
  const sender = new LaneSender(lane, database.db, broker as unknown as Publisher, { held: true }, 7, 'orders');
  for (;;) {
    const rows = (await readBatches(database.db, [{ lane, limit: sender.limit }])).get(lane) ?? [];
    if (rows.length === 0) break;
    await sender.send(rows);
  }
  return [...next.keys()].map((subject) =>
    broker.arrived.filter((each) => each.subject === subject).map(({ sequence }) => sequence),
  );
}

const highest = (sequences: readonly number[]): number => Math.max(...sequences);
/** Takes only what comes next. */
const strict = (sequences: readonly number[]): number =>
  sequences.reduce((last, sequence) => (sequence === last + 1 ? sequence : last), 0);

describe('a lane', () => {
  it('given any backlog and any refusals, then an addressed queue gets each message once, and each subject in order', async () => {
    await fc.assert(
      fc.asyncProperty(backlogs, refusing, async (subjects, moods) => {
        for (const sequences of await sendAll('order-facts', subjects, moods))
          expect(sequences).toEqual(sequences.map((_, place) => place + 1));
      }),
      { numRuns: 60 },
    );
  });

  it.each<Lane>(['events', 'order-facts'])(
    'given any backlog and any failures, then a reader of %s who takes only what comes next gets everything',
    async (lane) => {
      await fc.assert(
        fc.asyncProperty(backlogs, failing, async (subjects, moods) => {
          for (const sequences of await sendAll(lane, subjects, moods))
            expect(strict(sequences)).toBe(highest(sequences));
        }),
        { numRuns: 60 },
      );
    },
  );

  it('given a backlog that was sent, then nothing of it is left', async () => {
    await sendAll('events', ['a', 'b', 'a'], ['refused']);

    const { rows } = await sql<{ count: number }>`select count(*) from outbox`.execute(database.db);
    expect(rows[0]?.count).toBe(0);
  });

  it('given a confirm that did not come in time, then nothing more is tried before the lane has waited', async () => {
    await appendOutbox(
      database.db,
      ['a', 'a', 'b', 'b'].map((subject, place) => ({
        lane: 'order-facts',
        envelope: orderEvent(subject, (place % 2) + 1),
      })),
    );
    const broker = new MoodyBroker(['confirmed', 'unconfirmed']);
    const sender = new LaneSender(
      'order-facts',
      database.db,
      broker as unknown as Publisher,
      { held: true },
      7,
      'orders',
    );
    await sender.send((await readBatches(database.db, [{ lane: 'order-facts', limit: 7 }])).get('order-facts') ?? []);

    expect(broker.asked).toBe(1);
    expect(sender.ready).toBe(false);
    await sql`truncate outbox`.execute(database.db);
  });

  it('given a lease that was lost, then nothing is sent', async () => {
    await appendOutbox(database.db, [{ lane: 'events', envelope: orderEvent() }]);
    const broker = new MoodyBroker([]);
    const sender = new LaneSender('events', database.db, broker as unknown as Publisher, { held: false }, 7, 'orders');
    await sender.send((await readBatches(database.db, [{ lane: 'events', limit: 7 }])).get('events') ?? []);

    expect(broker.arrived).toEqual([]);
    await sql`truncate outbox`.execute(database.db);
  });
});
