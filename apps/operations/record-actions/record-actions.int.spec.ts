import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { newId } from '#libs/kernel/ids.js';
import { migrations } from '../migrations/index.js';
import type { OperationsSchema } from '../schema.js';
import { ListActions } from './list-actions.js';
import { RecordActions } from './record-actions.js';

let database: TestDatabase<OperationsSchema>;
let audit: RecordActions;

beforeAll(async () => {
  database = await testDatabase<OperationsSchema>(migrations);
  audit = new RecordActions(database.db);
});
afterAll(() => database.drop());

const action = (id = newId<string>()) => ({
  id,
  action: 'discardDeadLetter',
  target: `/v1/ops/dead-letters/${randomUUID()}/discard`,
  reason: 'sent by hand',
  traceId: '0af7651916cd43dd8448eb211c80319c',
});
const list = (wish: { operator?: string; cursor?: string; limit?: number } = {}) =>
  new ListActions(database.db).execute({ operator: '', action: '', cursor: '', limit: 20, ...wish });

describe('the audit', () => {
  it('tells who did what to what, why, in which trace, and how it ended; without an end, that it has begun', async () => {
    const [one, other] = [action(), action()];
    await audit.begin('olga', one);
    await audit.end('olga', { id: one.id, outcome: 'ALREADY_FINAL' });
    await audit.begin('olga', other);
    const { items } = await list({ operator: 'olga' });
    expect(items).toMatchObject([
      { ...other, operator: 'olga', outcome: '', endedAt: undefined },
      { ...one, operator: 'olga', outcome: 'ALREADY_FINAL', endedAt: expect.any(Date) },
    ]);
  });

  it('tells an action once, and its first end, however often they are told', async () => {
    const once = action();
    await Promise.all(Array.from({ length: 5 }, () => audit.begin('omar', once)));
    for (const outcome of ['done', 'UNAVAILABLE']) await audit.end('omar', { id: once.id, outcome });
    expect((await list({ operator: 'omar' })).items).toMatchObject([{ id: once.id, outcome: 'done' }]);
  });

  it('lets nobody end, or begin again, what another has begun', async () => {
    const hers = action();
    await audit.begin('olga', hers);
    await expect(audit.begin('mallory', hers)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(audit.end('mallory', { id: hers.id, outcome: 'done' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(audit.end('olga', { id: newId(), outcome: 'done' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('goes on page by page', async () => {
    for (let made = 0; made < 5; made += 1) await audit.begin('pia', action());
    const first = await list({ operator: 'pia', limit: 3 });
    const second = await list({ operator: 'pia', limit: 3, cursor: first.nextCursor });
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([3, 2, '']);
  });

  it.each(['operator_actions', 'operator_action_ends'])('cannot be rewritten: %s', async (table) => {
    const named = sql.table(table);
    await audit.begin('olga', action());
    await expect(sql`delete from ${named}`.execute(database.db)).rejects.toThrow(/append-only|permission denied/);
    await expect(sql`truncate ${named} cascade`.execute(database.db)).rejects.toThrow(/append-only|permission denied/);
    await expect(sql`update ${named} set at = now()`.execute(database.db)).rejects.toThrow(
      /append-only|permission denied/,
    );
  });
});
