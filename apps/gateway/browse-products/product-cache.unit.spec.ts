import { beforeEach, describe, expect, it } from '@jest/globals';
import { WaybillError } from '#libs/kernel/errors.js';
import { ProductCache } from './product-cache.js';

const TIMES = { freshMs: 1_000, maxAgeMs: 30_000 };
let now: number;
let cache: ProductCache;
let asked: number;
beforeEach(() => {
  [now, asked] = [1_000_000, 0];
  cache = new ProductCache(TIMES, () => now);
});
const ask = (value: string, key = 'product TEA', skus: readonly string[] = ['TEA']) =>
  cache.get(
    key,
    () => skus,
    async () => {
      asked += 1;
      return value;
    },
  );
const away = (code: 'UNAVAILABLE' | 'INTERNAL' | 'NOT_FOUND' = 'UNAVAILABLE') =>
  cache.get(
    'product TEA',
    () => ['TEA'],
    () => Promise.reject<string>(new WaybillError(code, 'not now')),
  );

describe('an answer about products', () => {
  it('is served again without asking, for a moment', async () => {
    await ask('old');
    now += TIMES.freshMs - 1;
    expect(await ask('new')).toEqual({ value: 'old', stale: false });
    now += 1;
    expect(await ask('new')).toEqual({ value: 'new', stale: false });
    expect(asked).toBe(2);
  });

  it('stands in while the catalogue does not answer, until it is too old', async () => {
    await ask('old');
    now += TIMES.maxAgeMs - 1;
    expect(await away()).toEqual({ value: 'old', stale: true });
    expect(await away('INTERNAL')).toEqual({ value: 'old', stale: true });
    now += 1;
    await expect(away()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('stands in for no refusal', async () => {
    await ask('old');
    now += TIMES.freshMs;
    await expect(away('NOT_FOUND')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is dropped when a price on it has changed, and no other is', async () => {
    await ask('page', 'page 1', ['TEA', 'MUG']);
    await ask('mug', 'product MUG', ['MUG']);
    cache.drop('TEA');
    expect(await ask('new page', 'page 1', ['TEA', 'MUG'])).toMatchObject({ value: 'new page' });
    expect(await ask('new mug', 'product MUG', ['MUG'])).toMatchObject({ value: 'mug' });
  });

  it('that was asked for before the price changed, and came after, is not kept', async () => {
    let answer: (value: string) => void = () => undefined;
    const slow = cache.get(
      'product TEA',
      () => ['TEA'],
      () => new Promise<string>((resolve) => (answer = resolve)),
    );
    cache.drop('TEA');
    answer('old');
    expect(await slow).toEqual({ value: 'old', stale: false });
    expect(await ask('new')).toMatchObject({ value: 'new' });
  });
});
