import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fill } from '../engines/cache.mjs';

const VERSION = '4.32.5';
const PYTHON = 'python3';
const REMEDY = `schemathesis ${VERSION} could not be installed: it needs ${PYTHON} (3.10 or newer) with pip and a package index. Install them, or leave it out by --only own.`;

/**
 * Schemathesis, installed by pip into the user's cache folder the first time.
 * @returns {Promise<{ python: string, program: string, library: string }>}
 */
export async function installed() {
  const { folder } = await fill(process.env, `schemathesis-${VERSION}`, (target) =>
    run(PYTHON, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--target',
      target,
      `schemathesis==${VERSION}`,
    ]),
  );
  return { python: PYTHON, program: join(folder, 'bin', 'schemathesis'), library: folder };
}

/** @param {string} command @param {string[]} args @returns {Promise<void>} */
function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(REMEDY, { cause })));
    child.once('exit', (code) => (code === 0 ? resolve(undefined) : reject(new Error(REMEDY))));
  });
}
