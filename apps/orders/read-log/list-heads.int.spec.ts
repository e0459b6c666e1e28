import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { OrderLogServiceService } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { newId } from '#libs/kernel/ids.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';

let fixture: OrdersFixture;
let log: GrpcClient<typeof OrderLogServiceService>;
beforeAll(async () => {
  fixture = await ordersFixture();
  log = grpcClient(OrderLogServiceService, fixture.first.address);
});
afterAll(async () => {
  log.close();
  await fixture.close();
});

const heads = async (publishedForMs: number) =>
  (await log.listHeads({ publishedForMs, limit: 10 }, CALL)).heads.map(({ orderId, version }) => [orderId, version]);

it('an order has a head once its whole log was published, and that is some time ago', async () => {
  const metadata = await fixture.as('anna');
  const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata });
  await sql`update orders set updated_at = now() - interval '1 minute'`.execute(fixture.db);
  await sql`update outbox set created_at = now() - interval '2 minutes'`.execute(fixture.db);
  expect(await heads(0)).toEqual([]);
  await sql`delete from outbox`.execute(fixture.db);
  expect(await heads(120_000)).toEqual([]);
  expect(await heads(0)).toEqual([[order?.id, 1]]);
});

it('given an order that claims another version than its log has, then its head is that of its log', async () => {
  await sql`update orders set version = version + 4, updated_at = now() - interval '1 minute'`.execute(fixture.db);
  expect((await heads(0)).map(([, version]) => version)).toEqual([1]);
  await sql`
    insert into orders (id, customer_id, version, status, placed, progress, open, created_at, updated_at)
    values (${newId<string>()}, 'anna', 1, 'PENDING', '{}', '{}', false, now(), now() - interval '1 minute')`.execute(
    fixture.db,
  );
  expect((await heads(0)).map(([, version]) => version)).toEqual([1]);
});
