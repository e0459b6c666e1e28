import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { MemoryBuckets } from './memory-buckets.js';
import { SharedBuckets } from './shared-buckets.js';
import type { Buckets, Demand, Level } from './token-bucket.js';

/** Given on machines that have a Redis; nothing else here needs one. */
const url = process.env['WAYBILL_TEST_REDIS_URL'];
const withRedis = url === undefined ? describe.skip : describe;
const rate = { perSecond: 1, burst: 20 };
const open: SharedBuckets[] = [];
afterEach(() => open.splice(0).forEach((buckets) => buckets.close()));

/** A gateway's view; `nobody` stands in, so that an answer can only be Redis's. */
async function gatewayAt(address: string, standIn: Buckets): Promise<SharedBuckets> {
  const buckets = new SharedBuckets(standIn);
  open.push(buckets);
  await buckets.connect(address);
  return buckets;
}
const nobody: Buckets = { take: () => [] };
const demand = (key: string): Demand => ({ policy: 'caller', key, rate });

withRedis('buckets in Redis', () => {
  it('are shared: two gateways together give what one would, many askers at once', async () => {
    const key = randomUUID();
    const gateways = [await gatewayAt(String(url), nobody), await gatewayAt(String(url), nobody)];
    for (const each of gateways) await eventually(async () => (await each.take([demand(randomUUID())])).length === 1);
    const asked = Array.from(
      { length: 50 },
      async (_, place) => (await gateways[place % 2]?.take([demand(key)])) ?? [],
    );
    const levels: readonly Level[] = (await Promise.all(asked)).flat();
    expect(levels).toHaveLength(50);
    expect(levels.filter(({ waitMs }) => waitMs === 0)).toHaveLength(rate.burst);
  });

  it('give none where one of several has none', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const buckets = await gatewayAt(String(url), nobody);
    await eventually(async () => (await buckets.take([demand(randomUUID())])).length === 1);
    for (let token = 0; token < rate.burst; token += 1) await buckets.take([demand(mine)]);
    await buckets.take([demand(other), demand(mine)]);
    expect((await buckets.take([demand(other)]))[0]?.remaining).toBe(rate.burst - 1);
  });
});

describe('while Redis is away', () => {
  it('a gateway limits by what it has seen itself, at once', async () => {
    const alone = await gatewayAt('redis://127.0.0.1:1', new MemoryBuckets());
    const key = randomUUID();
    const levels: Level[] = [];
    for (let asked = 0; asked < rate.burst + 1; asked += 1) levels.push(...(await alone.take([demand(key)])));
    expect(levels.filter(({ waitMs }) => waitMs === 0)).toHaveLength(rate.burst);
  });
});
