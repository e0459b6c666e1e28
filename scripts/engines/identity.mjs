/**
 * Who a process is. A pid alone proves nothing: pids are reused. A pid together with the moment the process
 * started names one process for as long as the machine is up, so nobody else's process is ever taken for ours.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{pid: number, started: string}} Identity */

const START_TICKS = 19; // field 22 of /proc/<pid>/stat, counted after the command's closing bracket

/** @param {number} pid @returns {string | undefined} undefined when no such process runs (a zombie does not run) */
export function startTimeOf(pid) {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** @param {number} pid */
function fromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId()}:${fields[START_TICKS]}`;
  } catch {
    return undefined; // no such process
  }
}

function bootId() {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
}

/** @param {number} pid */
function fromPs(pid) {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=,state=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' || / Z\S*$/.test(text) ? undefined : text.replace(/\s+\S+$/, '');
  } catch {
    return undefined; // ps exits with 1 when there is no such process
  }
}

/** @param {number} pid @returns {string | undefined} its command line, if it runs and may be read */
export function commandOf(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** @param {number} pid @returns {Identity | undefined} */
export function identityOf(pid) {
  const started = startTimeOf(pid);
  return started === undefined ? undefined : { pid, started };
}

/** @param {Identity} identity */
export function isRunning({ pid, started }) {
  return startTimeOf(pid) === started;
}

/**
 * Sends `signal`, waits up to `grace` milliseconds for the end, then kills the process and its group.
 * @param {Identity} identity @param {NodeJS.Signals} signal @param {number} grace
 */
export async function end(identity, signal, grace) {
  if (!isRunning(identity)) return;
  deliver(identity.pid, signal);
  if (await ended(identity, grace)) return;
  deliver(-identity.pid, 'SIGKILL'); // engines lead a process group of their own
  deliver(identity.pid, 'SIGKILL');
  await ended(identity, 5_000);
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function deliver(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/** @param {Identity} identity @param {number} within */
async function ended(identity, within) {
  const deadline = Date.now() + within;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}
