import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { claimsOf } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { ForgetAnswers } from './forget-answers.js';

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterAll(() => fixture.close());

const age = (caller: string, interval: string) =>
  sql`update idempotency_claims set claimed_at = now() - ${interval}::interval where caller = ${caller}`.execute(
    fixture.db,
  );

describe('answers', () => {
  it('are kept for 24 hours, then forgotten in batches', async () => {
    for (const caller of ['anna', 'anna', 'anna', 'bert']) {
      await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as(caller) });
    }
    await age('anna', '24 hours 11 seconds');
    await age('bert', '24 hours');
    const forget = fixture.first.app.get(ForgetAnswers, { strict: false });
    await forget.execute(2);
    expect(await claimsOf(fixture.db, 'anna')).toEqual([]);
    expect(await claimsOf(fixture.db, 'bert')).toHaveLength(1);
  });
});
