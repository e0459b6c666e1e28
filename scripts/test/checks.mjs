import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { say } from './report.mjs';

/** Two at a time: most of them use one core each. */
const AT_ONCE = 2;
/** Whatever else runs meanwhile goes first. */
const GIVING_WAY = 10;
const bin = (path) => [process.execPath, `node_modules/${path}`];
/** What did not change since the last time is not looked at again. */
const cachedIn = (name) => ['--cache', '--cache-location', `.waybill/${name}`];
const INCREMENTAL = ['--incremental', '--tsBuildInfoFile', '.waybill/types-cache'];

const CHECKS = [
  {
    kind: 'lint',
    command: [...bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0', ...cachedIn('eslint-cache')],
    remedy: 'npx eslint . --fix',
  },
  {
    kind: 'types',
    command: [...bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json', ...INCREMENTAL],
    remedy: 'npm run types',
  },
  {
    kind: 'format',
    command: [
      ...bin('prettier/bin/prettier.cjs'),
      '--check',
      '--log-level',
      'warn',
      '.',
      ...cachedIn('prettier-cache'),
    ],
    remedy: 'npm run format',
  },
  {
    kind: 'architecture',
    command: [process.execPath, 'scripts/architecture.mjs'],
    remedy: 'docs/architecture.md says what each rule is for',
  },
  {
    kind: 'generated code',
    command: [process.execPath, 'scripts/generate.mjs', '--check'],
    remedy: 'npm run generate',
  },
];

/** Those that take longest, and seldom find what the others have not found already. */
export const SLOW_CHECKS = ['lint', 'format'];
export const QUICK_CHECKS = CHECKS.map(({ kind }) => kind).filter((kind) => !SLOW_CHECKS.includes(kind));

/**
 * @param {readonly string[]} kinds
 * @returns {Promise<import('./report.mjs').Row[]>} a row for each check; what a failing one printed is shown
 */
export async function runChecks(root, kinds) {
  const waiting = CHECKS.filter(({ kind }) => kinds.includes(kind));
  const rows = [];
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) rows.push(await runCheck(root, check));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

async function runCheck(root, { kind, command: [program, ...args], remedy }) {
  const startedAt = Date.now();
  const { code, output } = await run(program, args, root);
  const seconds = (Date.now() - startedAt) / 1000;
  say(`${code === 0 ? 'PASS' : 'FAIL'} ${kind} (${seconds.toFixed(1)} s)`);
  if (code !== 0) say(`${output.trimEnd()}\n  → ${remedy}\n`);
  return { kind, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, seconds };
}

function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) setPriority(child.pid, GIVING_WAY);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, output }));
  });
}
