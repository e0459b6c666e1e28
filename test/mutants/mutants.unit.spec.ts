import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe.each(MUTANTS)('the mutant $name', ({ file, find, replace, caughtBy }) => {
  it('still changes what it was made for', () => {
    const occurrences = readFileSync(`${root}${file}`, 'utf8').split(find).length - 1;
    expect({ file, find, occurrences }).toEqual({ file, find, occurrences: 1 });
    expect(replace).not.toBe(find);
  });

  it('names specs that exist', () => {
    expect(caughtBy.filter((spec) => !existsSync(`${root}${spec}`))).toEqual([]);
    expect(caughtBy.length).toBeGreaterThan(0);
  });
});

describe('the mutants', () => {
  it('have names of their own', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
