/**
 * A lock file that names its holder by pid and start time, so that a lock whose holder died is free again.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isRunning } from './identity.mjs';

/**
 * @param {string} path
 * @returns {{release: () => void} | {holder: import('./identity.mjs').Identity}}
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify(identityOf(process.pid)));
  try {
    for (;;) {
      if (linked(mine, path)) return { release: () => rmSync(path, { force: true }) };
      const holder = holderOf(path);
      if (holder && isRunning(holder)) return { holder };
      discard(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} mine @param {string} path: link() creates the file with its content in one step, or fails */
function linked(mine, path) {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path @returns {import('./identity.mjs').Identity | undefined} */
function holderOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // released or torn: nobody holds it
  }
}

/** @param {string} path: renamed first, so that of two who discard it only one removes it */
function discard(path) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    rmSync(aside);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
}

/**
 * Runs `work` while holding the lock; waits for a holder who is alive.
 * @template T
 * @param {string} path @param {() => Promise<T>} work @param {() => void} [onWait]
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait = () => {}) {
  let lock = tryLock(path);
  if ('holder' in lock) onWait();
  while ('holder' in lock) {
    await sleep(200);
    lock = tryLock(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
