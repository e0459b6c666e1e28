import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readJson } from './read-json.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('reading JSON', () => {
  it('gives what was written, as deep as 32 levels', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const text = JSON.stringify(value);
        expect(readJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
    expect(() => readJson(bytes('['.repeat(32) + ']'.repeat(32)))).not.toThrow();
  });

  it('refuses what is deeper before it is parsed', () => {
    expect(() => readJson(bytes('['.repeat(33) + ']'.repeat(33)))).toThrow('more than 32 levels');
    expect(() => readJson(bytes('[{"a":'.repeat(200_000)))).toThrow('more than 32 levels');
  });

  it('does not count brackets in text', () => {
    const text = JSON.stringify({ note: `${'['.repeat(100)}"\\"{{{\\\\` });
    expect(readJson(bytes(text))).toEqual(JSON.parse(text));
    expect(readJson(bytes(`["\\\\", ${'[1], '.repeat(100)}1]`))).toHaveLength(102);
  });

  it.each([
    ['nothing', new Uint8Array(), 'Send a JSON body'],
    ['no JSON', bytes('{'), 'not JSON'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'UTF-8'],
  ])('refuses %s', (_, body, words) => {
    expect(() => readJson(body)).toThrow(words);
  });
});
