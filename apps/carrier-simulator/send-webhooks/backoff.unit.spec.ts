import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './backoff.js';

describe('the pause before a webhook is sent again', () => {
  it('doubles from half a second up to ten, and stays there', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 1_000_000].map(backoffMs)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000,
    ]);
  });
});
