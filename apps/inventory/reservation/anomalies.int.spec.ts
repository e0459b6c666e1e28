import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import {
  inventoryFixture,
  letHoldsRunOut,
  newOrder,
  violations,
  type InventoryFixture,
} from '../testing/inventory-fixture.js';
import { applyCommand, explain, freshModel, LINES, STOCK, type Command, type Model } from '../testing/model.js';

const ORDERS = 2;
const order = fc.nat({ max: ORDERS - 1 });
const lines = fc.nat({ max: LINES.length - 1 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('hold', 'reserve'), order, lines }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('release', 'ship'), order }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('amend'), order, lines, command: fc.nat({ max: 2 }) }) },
);
const passing: fc.Arbitrary<Command> = fc.record({ do: fc.constantFrom('sweep', 'runOut'), order });
const runs = Number(process.env['WAYBILL_TEST_RUNS'] ?? 60);

describe('inventory beside its model', () => {
  let inventory: InventoryFixture;
  let orderIds: OrderId[] = [];

  beforeAll(async () => {
    inventory = await inventoryFixture({ pool: 8 });
  });
  afterAll(() => inventory.drop());

  const startAnew = async (): Promise<Model> => {
    await sql`with lines as (delete from reservation_lines), amended as (delete from reservation_amendments), told as (delete from outbox), stocked as (delete from stock)
      delete from reservations`.execute(inventory.db);
    for (const [sku, levels] of Object.entries(STOCK)) {
      for (const [warehouse, available] of Object.entries(levels))
        await inventory.set.execute({ sku, warehouse, available });
    }
    orderIds = Array.from({ length: ORDERS }, newOrder);
    return freshModel(ORDERS);
  };

  const wanted = (asked: { readonly lines: number }) =>
    Object.entries(LINES[asked.lines] ?? {}).map(([sku, quantity]) => ({ sku, quantity }));

  const execute = async (asked: Command): Promise<string> => {
    const orderId = orderIds[asked.order] ?? newOrder();
    switch (asked.do) {
      case 'hold':
      case 'reserve':
        return (await inventory[asked.do].execute({ orderId, lines: wanted(asked) })).state;
      case 'amend': {
        const commandId = `command-${asked.command}`;
        return (await inventory.amend.execute({ orderId, commandId, lines: wanted(asked) })).state;
      }
      case 'release':
      case 'ship':
        return (await inventory[asked.do].execute(orderId)).state;
      case 'sweep':
        return inventory.expire.execute().then(() => '');
      case 'runOut':
        return letHoldsRunOut(inventory.db, orderId).then(() => '');
    }
  };
  const answerOf = (asked: Command): Promise<string> =>
    execute(asked).catch((error: unknown) => {
      if (isWaybillError(error)) return error.code;
      throw error;
    });

  /** What the database says, in the model's words. */
  const actual = async () => {
    const { rows } = await sql<{ states: string[]; told: string[]; available: Record<string, number> }>`select
      array(select coalesce(state, 'missing') from unnest(${orderIds}::uuid[]) with ordinality as wanted (order_id, place)
        left join reservations using (order_id) order by place) as states,
      array(select coalesce((select string_agg(envelope::jsonb ->> 'type', ' ' order by seq) from outbox
          where subject = wanted.order_id::text), '')
        from unnest(${orderIds}::uuid[]) with ordinality as wanted (order_id, place) order by place) as told,
      (select jsonb_object_agg(sku, available) from
        (select sku, sum(available) as available from stock group by sku) as summed) as available`.execute(
      inventory.db,
    );
    return rows[0];
  };
  const inWords = ({ orders, available }: Model) => ({
    states: orders.map(({ state }) => state),
    told: orders.map(({ told }) => told.join(' ')),
    available,
  });

  it('answers and keeps what the model does, whatever is asked in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 4, arbitrary: command }, passing), { maxLength: 25 }),
        async (commands) => {
          let model = await startAnew();
          for (const asked of commands) {
            // One sweep is for every order.
            const asOne = asked.do === 'sweep' ? model.orders.map((_, each) => ({ ...asked, order: each })) : [asked];
            const expected = asOne.reduce((step, each) => applyCommand(step.model, each), { model, result: '' });
            expect({ asked, answer: await answerOf(asked) }).toEqual({ asked, answer: expected.result });
            model = expected.model;
          }
          expect(await actual()).toEqual(inWords(model));
          expect(await violations(inventory.db)).toEqual([]);
        },
      ),
      { numRuns: runs },
    );
  }, 120_000);

  it('does what some order of the commands explains when they come all at once', async () => {
    const burst = fc.record({
      due: fc.array(order, { maxLength: 1 }),
      commands: fc.array(command, { minLength: 2, maxLength: 5 }),
      sweeps: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 5 }), async (bursts) => {
        let model = await startAnew();
        for (const { due, commands, sweeps } of bursts) {
          for (const each of due) {
            await execute({ do: 'runOut', order: each });
            model = applyCommand(model, { do: 'runOut', order: each }).model;
          }
          const asking = commands.map(async (asked) => ({ command: asked, result: await answerOf(asked) }));
          const sweeping = sweeps ? inventory.expire.execute() : undefined;
          // When one fails the others must still have ended before the next run begins.
          await Promise.allSettled([...asking, sweeping]);
          const answers = await Promise.all(asking);
          await sweeping;
          const swept: Command[] = sweeps ? model.orders.map((_, each) => ({ do: 'sweep', order: each })) : [];
          const now = await actual();
          const explained = explain(
            model,
            [...answers, ...swept.map((asked) => ({ command: asked, result: '' }))],
            (candidate) => JSON.stringify(inWords(candidate)) === JSON.stringify(now),
          );
          if (explained === undefined) {
            throw new Error(
              `Nothing explains ${JSON.stringify({ before: inWords(model), answers, now }, undefined, 1)}`,
            );
          }
          model = explained;
          expect(await violations(inventory.db)).toEqual([]);
        }
      }),
      { numRuns: runs },
    );
  }, 120_000);
});
