import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import { GetProductRequest, Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { withCallContext } from '#libs/grpc/call-context.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { openDatabase } from '#libs/persistence/database.js';
import { forgetOldRows } from '#libs/persistence/forget-old-rows.js';
import { eventually } from '#libs/testing/eventually.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { AnswerOnce } from './answer-once.js';
import { answerTables } from './answer-tables.js';

type Schema = Record<never, never>;
let database: TestDatabase<Schema>;
let other: Kysely<never>;
let replicas: readonly AnswerOnce[];

beforeAll(async () => {
  database = await testDatabase<Schema>({ '0001': { up: (db) => answerTables(db as Kysely<never>) } });
  other = openDatabase<never>({ url: database.url, pool: 4, name: 'other' });
  const options = { leaseMs: 60_000 };
  replicas = [new AnswerOnce(database.db as unknown as Kysely<never>, options), new AnswerOnce(other, options)];
});
afterAll(async () => {
  await other.destroy();
  await database.drop();
});

const ANSWER: Product = { sku: 'MUG', name: 'Mug', price: { amount: 5, currency: 'EUR' }, available: 3 };
interface Asked {
  readonly replica?: number;
  readonly caller?: string;
  readonly sku?: string;
  readonly onReplayed?: () => void;
}
function ask(
  key: string,
  work: () => Promise<Product>,
  { replica = 0, caller = 'olga', sku = 'MUG', onReplayed }: Asked = {},
) {
  const codecs = { request: GetProductRequest, answer: Product };
  const call = { caller, method: 'change', request: { sku }, codecs };
  return withCallContext(
    { idempotencyKey: key, ...(onReplayed && { replayed: onReplayed }) },
    () => (replicas[replica] as AnswerOnce).execute(call, work), // there are two
  );
}

describe('a key', () => {
  it('from fifty callers at once, at two replicas, has one effect and one answer', async () => {
    const key = randomUUID();
    let [effects, replays] = [0, 0];
    const work = async (): Promise<Product> => ({ ...ANSWER, available: (effects += 1) });
    const once = (client: number): Promise<Product> =>
      ask(key, work, { replica: client % 2, onReplayed: () => void (replays += 1) });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, client) =>
        once(client).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'REQUEST_IN_FLIGHT' });
          return eventually(() => once(client));
        }),
      ),
    );
    expect(effects).toBe(1);
    expect(new Set(answers.map(({ available }) => available))).toEqual(new Set([1]));
    expect(replays).toBe(49);
  });

  it('is in flight until it is answered', async () => {
    const key = randomUUID();
    const unfinished = (): void => undefined;
    let finish = unfinished;
    const slow = ask(key, () => new Promise((resolve) => (finish = () => resolve(ANSWER))));
    await eventually(() => expect(finish).not.toBe(unfinished));
    await expect(ask(key, async () => ANSWER, { replica: 1 })).rejects.toMatchObject({ code: 'REQUEST_IN_FLIGHT' });
    finish();
    expect(await slow).toEqual(ANSWER);
    expect(await ask(key, () => Promise.reject(new Error('not again')), { replica: 1 })).toEqual(ANSWER);
  });

  it('is refused for another request; another caller’s is its own', async () => {
    const key = randomUUID();
    await ask(key, async () => ANSWER);
    await expect(ask(key, async () => ANSWER, { sku: 'TEA' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await ask(key, async () => ({ ...ANSWER, sku: 'TEA' }), { caller: 'omar', sku: 'TEA' })).toMatchObject({
      sku: 'TEA',
    });
  });

  it('is free again after a refusal, and taken over after a failure', async () => {
    const key = randomUUID();
    const failing = (code: 'NOT_FOUND' | 'UNAVAILABLE') => ask(key, () => Promise.reject(new WaybillError(code, 'no')));
    await expect(failing('NOT_FOUND')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(failing('UNAVAILABLE')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(ask(key, async () => ANSWER, { sku: 'TEA' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await ask(key, async () => ANSWER, { replica: 1 })).toEqual(ANSWER);
  });

  it.each([undefined, '', 'two words', 'x'.repeat(256)])('has to be one: %s is none', async (key) => {
    const asked = ask(key as string, async () => ANSWER);
    await expect(asked).rejects.toMatchObject({
      code: expect.stringMatching(/IDEMPOTENCY_KEY_MISSING|INVALID_REQUEST/),
    });
  });

  it('is forgotten with its answer after the time that it is kept', async () => {
    const key = randomUUID();
    await ask(key, async () => ANSWER);
    await sql`update idempotent_answers set claimed_at = now() - interval '25 hours' where key = ${key}`.execute(other);
    expect(await forgetOldRows(other, { table: 'idempotent_answers', column: 'claimed_at', days: 1 })).toBe(1);
  });
});
