import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import '../run-typescript.mjs';
import { copyTree, mutate } from './copy.mjs';
import { runSpecs } from './run-specs.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { MUTANTS } = await import('../../test/mutants/mutants.ts');
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { 'without-baseline': { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
});
const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
  console.error(`No such mutant: ${unknown.join(', ')}. These are: npm run mutants -- --list`);
  process.exit(1);
}
const chosen = names.length === 0 ? MUTANTS : MUTANTS.filter(({ name }) => names.includes(name));
if (values.list) {
  for (const { name, breaks } of chosen) console.log(`${name.padEnd(42)} ${breaks}`);
  process.exit(0);
}

const tree = copyTree(root, join(root, '.waybill', 'mutants', `tree-${process.pid}`));
try {
  if (!values['without-baseline']) await requireGreen();
  let survivors = 0;
  for (const mutant of chosen) {
    const { caughtBy, spec, seconds, problem } = await run(mutant);
    if (!caughtBy) survivors += 1;
    const verdict = caughtBy ? `${spec}: ${caughtBy}` : `SURVIVED${problem ? `: ${problem}` : ''}. ${mutant.breaks}`;
    console.log(`${mutant.name.padEnd(42)} ${seconds.toFixed(1).padStart(6)} s  ${verdict}`);
  }
  console.log(`\n${chosen.length - survivors} of ${chosen.length} mutants were caught`);
  process.exitCode = survivors === 0 ? 0 : 1;
} finally {
  tree.remove();
}

async function run(mutant) {
  const restore = mutate(tree.path, mutant);
  try {
    return await runSpecs(root, tree.path, mutant.caughtBy, mutant.tests);
  } finally {
    restore();
  }
}

/** A test that fails without a mutant catches none. */
async function requireGreen() {
  const specs = [...new Set(chosen.flatMap(({ caughtBy }) => caughtBy))];
  console.log(`Without a mutant: ${specs.length} specs …`);
  const { caughtBy, problem } = await runSpecs(root, tree.path, specs);
  const red = caughtBy ?? problem;
  if (red === undefined) return;
  console.error(`Fails without any mutant, so it would catch none: ${red}`);
  tree.remove();
  process.exit(1);
}
