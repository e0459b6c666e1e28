import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** A mutant that makes tests hang must not hang everything. */
const LONGEST_MS = 5 * 60_000;

/**
 * Runs specs of a copy, on the engines of the system that runs in the checkout, one by one up to the first that fails.
 * @returns {Promise<{ caughtBy?: string, spec?: string, seconds: number, problem?: string }>} the title of a test that failed, if any did
 */
export async function runSpecs(root, tree, specs, tests) {
  const startedAt = Date.now();
  let outcome = {};
  for (const spec of specs) {
    outcome = { ...(await runSpec(root, tree, spec, tests)), spec };
    if (outcome.caughtBy ?? outcome.problem) break;
  }
  return { ...outcome, seconds: (Date.now() - startedAt) / 1_000 };
}

async function runSpec(root, tree, spec, tests) {
  const output = join(tree, 'jest.json');
  rmSync(output, { force: true });
  const { printed, tooLong } = await jest(root, tree, [
    ...['--json', '--outputFile', output, '--runInBand', '--silent', '--runTestsByPath', spec],
    ...(tests ? ['--testNamePattern', tests] : []),
  ]);
  if (tooLong) return { problem: 'the tests did not end' };
  if (!existsSync(output)) return { problem: `jest could not run: ${printed.slice(-2_000)}` };
  return verdict(JSON.parse(readFileSync(output, 'utf8')));
}

function verdict({ testResults, numPassedTests }) {
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  );
  if (failed.length > 0) return { caughtBy: titleOf(failed[0]) };
  const broken = testResults.find(({ status }) => status === 'failed');
  if (broken) return { problem: `${broken.name} could not be loaded: ${broken.message.slice(0, 2_000)}` };
  return numPassedTests === 0 ? { problem: 'no test matched' } : {};
}

/** A property says in its message, not in its title, what it found. */
function titleOf({ fullName, failureMessages }) {
  const found = /✗ ([^\n·]+)/.exec(stripVTControlCharacters(failureMessages.join('\n')))?.[1];
  return found ? `${fullName}: ${found.trim()}` : fullName;
}

function jest(root, tree, args) {
  const command = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const env = { ...process.env, WAYBILL_RUN_FILE: process.env.WAYBILL_RUN_FILE ?? join(root, '.waybill', 'run.json') };
  const child = spawn(process.execPath, [...command, join(tree, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], {
    cwd: tree,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    child.once('error', reject);
    child.once('exit', (_, signal) => {
      clearTimeout(limit);
      resolve({ printed, tooLong: signal === 'SIGKILL' });
    });
  });
}
