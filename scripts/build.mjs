/**
 * Compiles the TypeScript sources to `dist/` (by swc, without type checks: `npm run types` does those) and bundles the
 * workflows for the Temporal worker.
 */
import { spawn } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** @returns {Promise<void>} rejects with what the tool printed */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed:\n${output}`))));
  });
}

/** Sources that were deleted must not live on in `dist/`, so it is made anew and then swapped in. */
export async function build() {
  const fresh = `dist.${process.pid}`;
  try {
    await run(bin('swc'), ['apps', 'libs', 'workflows', '-d', fresh, '--ignore', '**/*.spec.ts', '--quiet']);
    await run(bin('node'), [join(root, 'scripts', 'bundle-workflows.mjs'), join(root, fresh)]);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    await rename(join(root, fresh), join(root, 'dist'));
  } finally {
    await rm(join(root, fresh), { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build();
