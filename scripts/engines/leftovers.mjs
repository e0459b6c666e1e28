/**
 * The record of what a launcher started in a folder. It outlives a launcher that was killed, so that the next start
 * ends what is left: those processes and no others, as they are known by pid and start time.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, isRunning } from './identity.mjs';
import { tryLock } from './lock.mjs';

/**
 * @typedef {import('./identity.mjs').Identity & {name: string, command: string, signal?: NodeJS.Signals}} Entry
 * @typedef {object} Registry
 * @property {(entry: Entry) => void} add
 * @property {(pid: number) => void} remove
 * @property {() => void} close  lets another launcher use the folder
 */

/** Another launcher is alive in this folder: its processes are no leftovers. */
export class AlreadyRunning extends Error {
  code = 'ALREADY_RUNNING';
  /** @param {string} dir @param {number} pid */
  constructor(dir, pid) {
    super(`${dir} is in use by process ${pid}. Stop that one first (Ctrl-C there, or: kill ${pid}).`);
    this.name = 'AlreadyRunning';
    this.pid = pid;
  }
}

/** @param {string} dir */
const fileOf = (dir) => join(dir, 'processes.json');

/**
 * Claims the folder for this process, ends what a dead launcher left there, and opens a new record.
 * @param {string} dir @param {(ended: Entry[]) => void} [onLeftovers]
 * @returns {Promise<Registry>}
 */
export async function openRegistry(dir, onLeftovers = () => {}) {
  mkdirSync(dir, { recursive: true });
  const lock = tryLock(join(dir, 'launcher.lock'));
  if ('holder' in lock) throw new AlreadyRunning(dir, lock.holder.pid);
  const ended = await endLeftovers(dir);
  if (ended.length > 0) onLeftovers(ended);
  /** @type {Map<number, Entry>} */
  const entries = new Map();
  const save = () => write(fileOf(dir), [...entries.values()]);
  return {
    add: (entry) => void (entries.set(entry.pid, entry), save()),
    remove: (pid) => void (entries.delete(pid) && save()),
    close: () => {
      rmSync(fileOf(dir), { force: true });
      lock.release();
    },
  };
}

/**
 * Ends every process in the folder's record that still runs; all at once, each in its own orderly way first.
 * @param {string} dir @param {number} [grace] milliseconds before it is killed
 * @returns {Promise<Entry[]>} those that were still running
 */
export async function endLeftovers(dir, grace = 10_000) {
  const left = read(fileOf(dir)).filter(isRunning);
  await Promise.all(left.map((entry) => end(entry, entry.signal ?? 'SIGTERM', grace)));
  rmSync(fileOf(dir), { force: true });
  return left;
}

/** @param {string} file @returns {Entry[]} */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
    throw error;
  }
}

/** @param {string} file @param {Entry[]} entries: renamed into place, so a kill never leaves half a record */
function write(file, entries) {
  writeFileSync(`${file}.new`, JSON.stringify(entries, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
