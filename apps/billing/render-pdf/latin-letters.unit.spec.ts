import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inLatinLetters } from './latin-letters.js';

describe('words for the PDF’s built-in fonts', () => {
  it.each([
    ['Crème brûlée für 5 €', 'Crème brûlée für 5 €'],
    ['Łukasz Żółć', 'Lukasz Zólc'],
    ['Юлия Щербакова', 'Yuliya Shcherbakova'],
    ['Ωμέγα', 'Omega'],
    ['ő ű ğ ș', 'o u g s'],
    ['山田 Tea', '?? Tea'],
  ])('%s is written %s', (words, latin) => {
    expect(inLatinLetters(words)).toBe(latin);
  });

  it('hold nothing that those fonts lack, whatever they held before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (words) => {
        expect(inLatinLetters(words)).toMatch(/^[\x20-\x7e\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]*$/u);
      }),
    );
  });
});
