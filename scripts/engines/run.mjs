/** Running other programs to their end: what they printed, or an error that says why they failed. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @param {string} command @param {string[]} args @param {import('node:child_process').ExecFileOptions} [options]
 * @returns {Promise<string>} standard output
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 16 << 20, ...options }, (error, stdout, stderr) => {
      running.delete(child);
      if (!error) resolve(String(stdout));
      else reject(new Error(reason(command, error, String(stderr)), { cause: error }));
    });
    running.add(child);
  });
}

/** Whoever leaves in the middle of a download takes it along. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill()));

/** @param {string} command @param {import('node:child_process').ExecFileException} error @param {string} stderr */
function reason(command, error, stderr) {
  if (error.code === 'ENOENT') return `${command} is not installed`;
  const lines = stderr.trim().split('\n').filter(Boolean);
  const told = lines.filter((line) => /error|cannot|fail|denied|unable/i.test(line));
  return `${command} failed: ${(told.length > 0 ? told : lines).slice(-2).join(' / ') || error.message}`;
}

/** @param {string} name @param {NodeJS.ProcessEnv} env @returns {string[]} every executable of that name on PATH */
export function onPath(name, env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs `work` and reports how many bytes lie in `folder` meanwhile: the progress of a program that shows none.
 * @template T
 * @param {string} folder @param {(bytes: number) => void} onBytes @param {() => Promise<T>} work
 */
export async function watchingSize(folder, onBytes, work) {
  const timer = setInterval(() => onBytes(sizeOf(folder)), 250);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    onBytes(sizeOf(folder));
  }
}

/** @param {string} folder @returns {number} bytes of all files below it */
export function sizeOf(folder) {
  let bytes = 0;
  for (const entry of list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += sizeOf(path);
    else bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** @param {string} folder */
function list(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // a folder that vanished while its program tidies up
  }
}
