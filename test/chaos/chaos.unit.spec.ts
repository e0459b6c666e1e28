import { describe, expect, it } from '@jest/globals';
import { FAILPOINTS } from '#libs/kernel/failpoints.js';
import { codesIn, filesIn, plain, read, rowsOf, section } from '../docs/documents.js';
import { PROCESSES } from './processes.js';
import { randomOf } from './random.js';
import { countsOf, planOf } from './scenarios/kill-anything.js';
import { SCENARIO_NAMES, scenarioOf } from './scenarios.js';

const docs = read('docs/chaos.md');

describe('failpoints', () => {
  const sources = ['apps', 'libs'].flatMap((folder) => filesIn(folder, /\.ts$/));
  const placed = sources
    .filter((file) => !/(\.spec\.ts|kernel\/failpoints\.ts)$/.test(file))
    .map((file) => read(file))
    .join('\n');

  it.each(Object.keys(FAILPOINTS))('%s is in the code, once', (name) => {
    expect(placed.split(`'${name}'`)).toHaveLength(2);
  });

  it('stand in docs/chaos.md, each with what has happened by then', () => {
    const told = rowsOf(section(docs, '## Failpoints')).filter(([name = '']) => name.startsWith('`'));
    expect(told.map(([name = '', says]) => [codesIn(name)[0], says])).toEqual(Object.entries(FAILPOINTS));
  });
});

describe('scenarios', () => {
  it('stand in docs/chaos.md, each in its sentence', () => {
    const told = rowsOf(section(docs, '## Scenarios')).filter(([name = '']) => name.startsWith('`'));
    expect(told.map(([name = '', says = '']) => [codesIn(name)[0], plain(says)])).toEqual(
      SCENARIO_NAMES.map((name) => [name, plain(scenarioOf(name).says)]),
    );
  });
});

describe('the plan of kills', () => {
  it('of a hundred has each process five times at least, and stops besides', () => {
    const plan = planOf(randomOf(1), countsOf(100));
    const kills = plan.filter(({ manner }) => manner === 'kill');
    expect(kills.length).toBeGreaterThanOrEqual(100);
    for (const name of PROCESSES)
      expect(kills.filter((planned) => planned.name === name).length).toBeGreaterThanOrEqual(5);
    expect(plan.length).toBeGreaterThan(kills.length);
  });

  it('is the same for the same seed, and another for another', () => {
    const plan = (seed: number): unknown => planOf(randomOf(seed), countsOf(20));
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7)).not.toEqual(plan(8));
  });
});
