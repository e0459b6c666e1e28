import { afterEach, expect, it, jest } from '@jest/globals';
import { Latch } from '#libs/messaging/latch.js';
import { WaitingReads } from './waiting-reads.js';

afterEach(() => void jest.useRealTimers());

it('given a read that waits, when its order is applied, then it looks at once; for others it does not look', async () => {
  jest.useFakeTimers(); // no time passes: it looks again because it was told to
  const hurried = new Latch();
  const reads = new WaitingReads(() => hurried.open());
  let there = false;
  let looks = 0;
  const read = reads.until(['mine'], 60_000, async () => {
    looks += 1;
    return there;
  });
  await hurried.opened;
  reads.applied(new Set(['another']));
  there = true;
  reads.applied(new Set(['another', 'mine']));
  expect(await read).toBe(true);
  expect(looks).toBe(2);
  expect(reads.any).toBe(false);
});

it('given what was applied while it looked, then it looks again', async () => {
  jest.useFakeTimers();
  const reads = new WaitingReads(() => undefined);
  const seen: boolean[] = [];
  await reads.until(['mine'], 60_000, async () => {
    if (seen.length === 0) reads.applied(new Set(['mine']));
    return seen.push(true) === 2;
  });
  expect(seen).toHaveLength(2);
});

it('given what another process applies, then it is seen; given nothing, then the read ends', async () => {
  const reads = new WaitingReads(() => undefined);
  let looks = 0;
  expect(await reads.until(['mine'], 60_000, async () => ++looks === 2)).toBe(true);
  expect(await reads.until(['mine'], 10, async () => false)).toBe(false);
});
