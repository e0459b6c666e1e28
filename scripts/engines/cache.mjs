/**
 * The user's cache folder. An entry is complete or absent: it is made in a folder beside it and renamed into place,
 * under a lock, so two runs at once download once, and a killed run leaves nothing that looks finished.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';

/** @param {NodeJS.ProcessEnv} env */
export function cacheRoot(env) {
  const home = env.HOME ?? homedir();
  const standard = process.platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
  return join(env.XDG_CACHE_HOME || standard, 'waybill');
}

/** @param {NodeJS.ProcessEnv} env @param {string} key @returns {{folder: string} | undefined} */
export function cached(env, key) {
  const folder = join(cacheRoot(env), key);
  return existsSync(folder) ? { folder } : undefined;
}

/**
 * The folder of entry `key`; `produce` fills it if it is not there yet, which it may be once another run is done.
 * @param {NodeJS.ProcessEnv} env @param {string} key
 * @param {(folder: string) => Promise<void>} produce @param {() => void} [onWait] another run is producing it
 * @returns {Promise<{folder: string, source?: 'cache'}>}
 */
export async function fill(env, key, produce, onWait) {
  const root = cacheRoot(env);
  mkdirSync(root, { recursive: true });
  const folder = join(root, key);
  const make = async () => {
    if (existsSync(folder)) return { folder, source: /** @type {const} */ ('cache') };
    removePartials(root, key);
    const partial = join(root, `${key}.partial-${process.pid}`);
    mkdirSync(partial);
    try {
      await produce(partial);
      renameSync(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
    return { folder };
  };
  return await withLock(join(root, `${key}.lock`), make, onWait);
}

/** @param {string} root @param {string} key: what killed runs left; the lock is ours, so nobody is writing there */
function removePartials(root, key) {
  for (const name of readdirSync(root)) {
    if (name.startsWith(`${key}.partial-`)) rmSync(join(root, name), { recursive: true, force: true });
  }
}
