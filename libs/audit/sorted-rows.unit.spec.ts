import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { joinById, SortedRows, type Identified } from './sorted-rows.js';

/** A source that gives its rows so many at a time, and counts how many were asked for and not yet used. */
function source<Row extends Identified>(rows: readonly Row[], size: number): Promise<SortedRows<Row>> {
  const left = [...rows];
  return SortedRows.from(() => Promise.resolve(left.splice(0, size)));
}

describe('rows by id', () => {
  it('are joined whatever each source has, in whatever batches', async () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-f0-9]{1,3}$/), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(ids, ids, ids, fc.integer({ min: 1, max: 7 }), async (a, b, c, size) => {
        const [left, middle, right] = [a, b, c].map((some) => [...some].sort().map((id) => ({ id })));
        const joined: Record<string, string> = {};
        const sources = {
          a: await source(left ?? [], size),
          b: await source(middle ?? [], size + 1),
          c: await source(right ?? [], 1),
        };
        for await (const { id, ...rows } of joinById(sources)) {
          joined[`=${id}`] = Object.keys(rows).sort().join('');
        }
        const expected = [...new Set([...a, ...b, ...c])]
          .sort()
          .map((id) => [
            `=${id}`,
            [a.includes(id) && 'a', b.includes(id) && 'b', c.includes(id) && 'c'].filter(Boolean).join(''),
          ]);
        expect(Object.entries(joined)).toEqual(expected);
      }),
    );
  });

  it('never more than two batches are at hand', async () => {
    let fetched = 0;
    let used = 0;
    const rows = await SortedRows.from(() => {
      const batch = Array.from({ length: fetched < 100 ? 10 : 0 }, (_, index) => ({
        id: String(1_000 + fetched + index),
      }));
      fetched += batch.length;
      return Promise.resolve(batch);
    });
    for (; rows.head; used += 1) {
      expect(fetched - used).toBeLessThanOrEqual(20);
      await rows.advance();
    }
    expect(used).toBe(100);
  });

  it('fail with their source, at once', async () => {
    const broken = SortedRows.from(() => Promise.reject(new Error('the database has gone')));
    await expect(broken).rejects.toThrow('the database has gone');
  });

  it('fail with their source, also later', async () => {
    let asked = 0;
    const rows = await SortedRows.from(() =>
      ++asked === 1 ? Promise.resolve([{ id: '1' }]) : Promise.reject(new Error('the database has gone')),
    );
    const join = async (): Promise<void> => {
      for await (const joined of joinById({ rows })) expect(joined.id).toBe('1');
    };
    await expect(join()).rejects.toThrow('the database has gone');
  });
});
