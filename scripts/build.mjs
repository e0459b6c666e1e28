/**
 * Compiles the TypeScript sources to `dist/` (by swc, without type checks: `npm run types` does those) and bundles the
 * workflows for the Temporal worker.
 */
import { spawn } from 'node:child_process';
import { cp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['apps', 'libs', 'workflows'];
/** What is no TypeScript. */
const AS_THEY_ARE = [join('libs', 'temporal', 'failure-converter.cjs')];
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

/** True when no source is newer than what was built of them. */
export async function isBuilt() {
  const built = await stat(join(root, 'dist', 'apps', 'cli', 'main.js')).catch(() => undefined);
  if (!built) return false;
  const folders = await Promise.all(SOURCES.map((folder) => readdir(join(root, folder), { recursive: true })));
  const files = folders.flatMap((names, index) =>
    names
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => join(root, SOURCES[index], name)),
  );
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return times.every((time) => time <= built.mtimeMs);
}

/** Sources that were deleted must not live on in `dist/`, so it is made anew and then swapped in. */
export async function build() {
  const fresh = `dist.${process.pid}`;
  try {
    await run(bin('swc'), [...SOURCES, '-d', fresh, '--ignore', '**/*.spec.ts', '--quiet']);
    for (const file of AS_THEY_ARE) await cp(join(root, file), join(root, fresh, file));
    await run(bin('node'), [join(root, 'scripts', 'bundle-workflows.mjs'), join(root, fresh)]);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    await rename(join(root, fresh), join(root, 'dist'));
  } finally {
    await rm(join(root, fresh), { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build();
