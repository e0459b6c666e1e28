import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Message } from 'amqplib';
import { sql } from 'kysely';
import { newId } from '#libs/kernel/ids.js';
import { NotConfirmed } from '#libs/messaging/publisher.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Decide, type Decision } from '../dead-letter/decide.js';
import { migrations } from '../migrations/index.js';
import type { OperationsSchema } from '../schema.js';
import { readMessage } from '../take-over-dead-letters/read-message.js';
import { ReplayDeadLetter } from './replay-dead-letter.js';

let database: TestDatabase<OperationsSchema>;
beforeAll(async () => {
  database = await testDatabase<OperationsSchema>(migrations);
});
afterAll(() => database.drop());

async function letter(): Promise<string> {
  const message = { content: Buffer.from(newId()), fields: {}, properties: { headers: {} } } as Message;
  const row = readMessage('order-facts', message);
  await database.db.insertInto('dead_letters').values(row).execute();
  return row.id;
}

const stateOf = (id: string) =>
  database.db
    .selectFrom('dead_letters')
    .select(['state', 'claimed_until'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();

/** A replay during whose publish something else happens. */
function replay(id: string, publish: () => Promise<void>) {
  const decision: Decision = { id, action: 'replay', operator: 'olga', key: newId(), reason: null };
  const broker = { open: () => Promise.resolve({ publisher: { publish } }) };
  return new ReplayDeadLetter(database.db, new Decide(database.db), broker).execute(decision);
}

/** The first claim has run out, and somebody else puts the letter back. */
const claimAnew = (id: string) =>
  sql`update dead_letters set claimed_until = now() + interval '1 minute' where id = ${id}`.execute(database.db);

describe('a replay that took too long', () => {
  it('given nobody else came, then it is settled', async () => {
    const id = await letter();
    await replay(id, () => Promise.resolve());
    expect(await stateOf(id)).toEqual({ state: 'replayed', claimed_until: null });
  });

  it('given somebody else has claimed the letter, then it settles nothing for him', async () => {
    const id = await letter();
    await replay(id, async () => void (await claimAnew(id)));
    expect(await stateOf(id)).toEqual({ state: 'replaying', claimed_until: expect.any(Date) });
  });

  it('given it failed, then it takes nobody else’s claim away; its own it does', async () => {
    const [others, own] = [await letter(), await letter()];
    const failed = () => Promise.reject(new NotConfirmed('unconfirmed', 'order-facts'));
    const failing = replay(others, async () => {
      await claimAnew(others);
      await failed();
    });
    await expect(failing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await stateOf(others)).toEqual({ state: 'replaying', claimed_until: expect.any(Date) });
    await expect(replay(own, failed)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await stateOf(own)).toEqual({ state: 'replaying', claimed_until: null });
  });
});
