/**
 * Records the histories of `fulfil-order` for the version in package.json, on a Temporal server of its own.
 *   --again     replaces those of this version: only before it is released
 *   --accept    keeps them, and takes what the code asks for now as what it shall ask for; [release …], or all
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { startEngines } from '../engines/engines.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join('workflows', 'fulfil-order', 'histories');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { again: { type: 'boolean', default: false }, accept: { type: 'boolean', default: false } },
});

if (values.accept) {
  await build();
  const releases = positionals.length > 0 ? positionals : readdirSync(join(root, folder));
  for (const release of releases) await record(release, 'commands');
} else {
  const own = join(root, folder, version);
  if (existsSync(own) && !values.again) {
    console.error(
      `${join(folder, version)} exists. Histories of a released version are kept: raise the version in package.json.\n` +
        `Before ${version} is released, record it again: npm run histories -- --again`,
    );
    process.exit(1);
  }
  await build();
  rmSync(own, { recursive: true, force: true });
  await withTemporal((address) => record(version, address));
}

/** @param {(address: string) => Promise<void>} work */
async function withTemporal(work) {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-histories-'));
  try {
    const { urls, stop } = await startEngines({ dir, only: ['temporal'] });
    await work(urls.temporal.address).finally(stop);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** @param {string} release @param {string} source */
function record(release, source) {
  const script = join('dist', 'workflows', 'fulfil-order', 'testing', 'record', 'record.js');
  const child = spawn(process.execPath, [script, release, folder, source], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`${script} exited with ${code}`)),
    );
  });
}
