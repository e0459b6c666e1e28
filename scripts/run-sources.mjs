/** Runs a program of the TypeScript sources, as they are, in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const typescript = pathToFileURL(join(root, 'scripts', 'run-typescript.mjs')).href;

/**
 * @param {string} path of the program, from the root @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<void>} rejects unless it exits with 0; it has said why
 */
export function runSources(path, args, env = {}) {
  const child = spawn(process.execPath, ['--import', typescript, join(root, path), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve(undefined) : reject(new Error(`${path} exited with ${code}`))));
  });
}
