import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryBuckets } from './memory-buckets.js';
import { networkOf } from './rate-limits.js';
import type { Demand } from './token-bucket.js';

const rate = { perSecond: 10, burst: 5 };
const of = (key: string): Demand => ({ policy: 'caller', key, rate });

function given(): { buckets: MemoryBuckets; wait: (ms: number) => void; ask: (...keys: string[]) => boolean } {
  let now = 1_000_000;
  const buckets = new MemoryBuckets(() => now, 100);
  const ask = (...keys: string[]): boolean => buckets.take(keys.map(of)).every(({ waitMs }) => waitMs === 0);
  return { buckets, ask, wait: (ms) => void (now += ms) };
}

describe('a token bucket', () => {
  it('gives all that it holds at once, then one per tenth of a second', () => {
    const { ask, wait } = given();
    expect([1, 2, 3, 4, 5, 6].map(() => ask('ada'))).toEqual([true, true, true, true, true, false]);
    wait(99);
    expect(ask('ada')).toBe(false);
    wait(1);
    expect([ask('ada'), ask('ada')]).toEqual([true, false]);
  });

  it('tells what is left, when it is full again and how long to wait', () => {
    const { buckets, ask, wait } = given();
    expect(buckets.take([of('ada')])[0]).toMatchObject({ remaining: 4, fullInMs: 100, waitMs: 0 });
    for (let asked = 0; asked < 4; asked += 1) ask('ada');
    expect(buckets.take([of('ada')])[0]).toMatchObject({ remaining: 0, fullInMs: 500, waitMs: 100 });
    wait(250);
    expect(buckets.take([of('ada')])[0]).toMatchObject({ remaining: 1, fullInMs: 350, waitMs: 0 });
  });

  it('is nobody else’s, and gives no token where another bucket has none', () => {
    const { ask, buckets } = given();
    while (ask('ada'));
    expect(ask('grace', 'ada')).toBe(false);
    expect(buckets.take([of('grace')])[0]?.remaining).toBe(4);
  });

  it('is forgotten, the one that was not used for longest, when there are too many', () => {
    const { ask, buckets } = given();
    for (let address = 0; address < 10_000; address += 1) ask(`10.0.${address >> 8}.${address & 255}`);
    expect(buckets.size).toBe(100);
  });

  it('never gives more than it holds and what flowed in since, and never refuses within that', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (pauses) => {
        const { ask, wait } = given();
        let tokens = rate.burst;
        for (const pause of pauses) {
          wait(pause);
          tokens = Math.min(rate.burst, tokens + (pause * rate.perSecond) / 1_000);
          const had = tokens >= 1 - 1e-6;
          expect(ask('ada')).toBe(had);
          if (had) tokens -= 1;
        }
      }),
    );
  });
});

describe('where a request comes from', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s counts as %s', (ip, network) => expect(networkOf(ip)).toBe(network));
});
