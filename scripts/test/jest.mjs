import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const KIND = /\.(\w+)\.spec\.ts$/;

/**
 * Runs Jest over some of the tests.
 * @param {{ name: string, env: Record<string, string>, match?: string, ignore?: string, workers?: number }} what
 * @returns {Promise<import('./report.mjs').Row[]>} a row for each kind of test, by the kind in the file names
 */
export async function runJest(root, { name, env, match, ignore, workers = 2 }) {
  const output = join(root, '.waybill', 'test', `jest-${name.replaceAll(/\W+/g, '-')}.json`);
  mkdirSync(join(root, '.waybill', 'test'), { recursive: true });
  rmSync(output, { force: true });
  // A test that fails may leave something open; whoever waits for the verdict must not wait for that.
  const args = ['--json', '--outputFile', output, '--maxWorkers', String(workers), '--passWithNoTests', '--forceExit'];
  if (match) args.push('--testPathPatterns', match);
  if (ignore) args.push('--testPathIgnorePatterns', ignore, '/node_modules/', '/dist/', '/fixtures/');
  const code = await run(root, args, env);
  if (!existsSync(output)) return [{ kind: name, passed: 0, failed: 1, seconds: 0 }];
  const rows = byKind(JSON.parse(readFileSync(output, 'utf8')));
  const told = rows.some(({ failed }) => failed > 0);
  return code === 0 || told
    ? rows
    : [...rows, { kind: `${name}: jest exited with ${code}`, passed: 0, failed: 1, seconds: 0 }];
}

function run(root, args, env) {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const command = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

/** A file that could not even be loaded counts as one failed test. */
function byKind({ testResults }) {
  const rows = new Map();
  for (const { name, assertionResults, status, startTime, endTime } of testResults) {
    const kind = KIND.exec(name)?.[1] ?? 'other';
    const row = rows.get(kind) ?? { kind, passed: 0, failed: 0, seconds: 0, notRun: [] };
    const failed = assertionResults.filter((result) => result.status === 'failed').length;
    row.passed += assertionResults.filter((result) => result.status === 'passed').length;
    row.failed += status === 'failed' ? Math.max(failed, 1) : 0;
    row.notRun.push(...assertionResults.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName));
    row.seconds += (endTime - startTime) / 1000;
    rows.set(kind, row);
  }
  return [...rows.values()];
}
