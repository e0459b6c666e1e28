import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { duration, parseDuration } from './duration.js';

describe('a duration', () => {
  it.each([
    ['1500ms', 1_500],
    ['10s', 10_000],
    ['10', 10_000],
    ['0.25', 250],
    ['0', 0],
    ['2.5m', 150_000],
    ['12h', 43_200_000],
    ['14d', 1_209_600_000],
    [' 3s ', 3_000],
  ])('given %j, then it is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', 'soon', '-1s', '1w', '1 s', '1e3', '10s ago', 'Infinity'])('given %j, then it is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('in a configuration has a fallback, and says what it may be', () => {
    const schema = z.object({ AFTER: duration('10s') });
    expect(schema.parse({}).AFTER).toBe(10_000);
    expect(schema.parse({ AFTER: '20ms' }).AFTER).toBe(20);
    expect(schema.safeParse({ AFTER: 'soon' }).error?.issues[0]?.message).toContain('must be a duration');
  });
});
