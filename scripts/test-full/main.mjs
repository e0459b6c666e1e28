import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runJest } from '../test/jest.mjs';
import { say, table } from '../test/report.mjs';
import { withSystem } from '../test/system.mjs';
import { auditDependencies } from './audit.mjs';
import { checkLicences } from './licences.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FUZZED = process.env.WAYBILL_FUZZ_REQUESTS ?? '20000';

/** @typedef {{ kind: string, work: () => Promise<string | undefined> | string | undefined }} Part its `work` says why it was skipped, or throws */
/** @type {readonly Part[]} */
const PARTS = [
  { kind: 'licences', work: () => checkLicences(root) },
  { kind: 'audit', work: () => auditDependencies(root) },
  { kind: 'fuzzing', work: () => program('scripts/fuzz.mjs', '--requests', FUZZED) },
  { kind: 'roles', work: () => journey('roles') },
];

/** @param {string} script @param {string[]} args @returns {Promise<undefined>} */
function program(script, ...args) {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`${script} exited with ${code}`)),
    );
  });
}

/** One journey, on a system of its own. @param {string} name @returns {Promise<undefined>} */
async function journey(name) {
  await withSystem(root, async (/** @type {Record<string, string>} */ env) => {
    const rows = await runJest(root, { name, env, match: `/${name}\\.journey\\.spec\\.ts$`, workers: 1 });
    const failed = rows.reduce(
      (/** @type {number} */ sum, /** @type {{ failed: number }} */ row) => sum + row.failed,
      0,
    );
    if (failed > 0 || rows.length === 0) throw new Error(`${failed} of the ${name} journey failed`);
  });
}

/** All, or those that are named: `--only fuzzing,roles`. */
function chosen() {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  if (only === undefined) return PARTS;
  const names = only.split(',');
  const unknown = names.filter((name) => !PARTS.some(({ kind }) => kind === name));
  if (unknown.length === 0) return PARTS.filter(({ kind }) => names.includes(kind));
  say(`There is no ${unknown.join(', ')}. There are: ${PARTS.map(({ kind }) => kind).join(', ')}`);
  process.exit(2);
}

const rows = [];
for (const { kind, work } of chosen()) {
  const startedAt = Date.now();
  let [passed, failed] = [0, 0];
  try {
    const skipped = await work();
    passed = skipped === undefined ? 1 : 0;
    say(skipped === undefined ? `✓ ${kind}` : `- ${kind}: skipped, ${skipped}`);
  } catch (error) {
    failed = 1;
    say(`✗ ${kind}: ${error instanceof Error ? error.message : String(error)}`);
  }
  rows.push({ kind, passed, failed, seconds: (Date.now() - startedAt) / 1_000 });
}
say(`\n${table(rows)}\n`);
process.exit(rows.some(({ failed }) => failed > 0) ? 1 : 0);
