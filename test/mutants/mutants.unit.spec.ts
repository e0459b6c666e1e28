import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a mutant', () => {
  it.each(MUTANTS)('still changes what it was made for: $name', ({ file, find, replace, caughtBy }) => {
    const occurrences = readFileSync(`${root}${file}`, 'utf8').split(find).length - 1;
    expect({ file, find, occurrences }).toEqual({ file, find, occurrences: 1 });
    expect(replace).not.toBe(find);
    expect(caughtBy.filter((spec) => !existsSync(`${root}${spec}`))).toEqual([]);
    expect(caughtBy).not.toEqual([]);
  });

  it('has a name of its own', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
