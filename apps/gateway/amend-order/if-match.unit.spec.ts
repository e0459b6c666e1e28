import { describe, expect, it } from '@jest/globals';
import { versionSeen } from './if-match.js';

describe('If-Match', () => {
  it.each([
    ['"5"', 5],
    [' "5" ', 5],
    ['"3", "12"', 12],
    ['"x", "12"', 12],
    ['*', 0],
    [' * ', 0],
  ])('%s names version %d', (header, version) => expect(versionSeen(header)).toBe(version));

  it.each([undefined, '', '  '])('%j is missing', (header) =>
    expect(() => versionSeen(header)).toThrow(expect.objectContaining({ code: 'IF_MATCH_MISSING' })),
  );

  it.each(['5', 'W/"5"', '"0"', '"-1"', '"1e3"', '"five"', '"12345678901"', ','])('%s names no version', (header) =>
    expect(() => versionSeen(header)).toThrow(expect.objectContaining({ code: 'VERSION_MISMATCH' })),
  );
});
