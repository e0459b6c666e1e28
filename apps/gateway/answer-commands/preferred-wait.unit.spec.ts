import { describe, expect, it } from '@jest/globals';
import { preferredWaitS } from './preferred-wait.js';

describe('a Prefer header', () => {
  it.each([
    ['wait=10', 10],
    ['Wait = "5"', 5],
    ['respond-async, wait=7; strict', 7],
    ['wait=31', 30],
    ['wait=999999999', 30],
    ['wait=0', 0],
    [undefined, 0],
    ['', 0],
    ['wait', 0],
    ['wait=-1', 0],
    ['wait=1.5', 0],
    ['await=9', 0],
    ['wait=1x', 0],
  ])('that says %s waits %s seconds', (header, seconds) => expect(preferredWaitS(header)).toBe(seconds));
});
