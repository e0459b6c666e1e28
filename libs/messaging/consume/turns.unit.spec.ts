import { describe, expect, it } from '@jest/globals';
import { setImmediate as tick } from 'node:timers/promises';
import { Latch } from '../latch.js';
import { Turns } from './turns.js';

describe('turns', () => {
  it('given work with the same key, when the first is not done, then the second has not begun', async () => {
    const turns = new Turns();
    const first = new Latch();
    const begun: string[] = [];
    const one = turns.take('order-1', () => (begun.push('one'), first.opened));
    const two = turns.take('order-1', async () => begun.push('two'));
    await tick();
    expect(begun).toEqual(['one']);

    first.open();
    await Promise.all([one, two]);
    expect(begun).toEqual(['one', 'two']);
  });

  it('given work with another key, when the first is not done, then it goes ahead', async () => {
    const turns = new Turns();
    const never = new Latch();
    void turns.take('order-1', () => never.opened);

    await expect(turns.take('order-2', async () => 'done')).resolves.toBe('done');
  });

  it('given work that failed, when the next of its key comes, then it has its turn', async () => {
    const turns = new Turns();
    const failing = turns.take('order-1', async () => {
      throw new Error('failed');
    });
    const next = turns.take('order-1', async () => 'done');

    await expect(failing).rejects.toThrow('failed');
    await expect(next).resolves.toBe('done');
  });
});
