/**
 * Starts a long-running program that is tied to this one: it leads a process group of its own (Ctrl-C reaches only
 * the launcher, which stops things in order), its output goes to a log file, and where the system can do so it is told
 * to stop when the launcher dies without a word.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { end, identityOf } from './identity.mjs';

/**
 * @typedef {object} Spawned
 * @property {number} pid
 * @property {Promise<{code: number | null, signal: NodeJS.Signals | null}>} exited
 * @property {() => Promise<void>} stop  orderly first; killed when that takes longer than its grace
 *
 * @typedef {object} Launch
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {string} log  file that its output is appended to
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {string[]} [as]  a program and its arguments that run the command as another user
 * @property {{uid: number, gid: number} | undefined} [owner]
 * @property {NodeJS.Signals} [stopSignal]
 * @property {number} [grace] milliseconds
 * @property {import('./leftovers.mjs').Registry | undefined} [registry]
 */

/** @param {Launch} launch @returns {Promise<Spawned>} */
export async function start({
  name,
  command,
  args,
  log,
  env,
  cwd,
  as = [],
  owner,
  stopSignal = 'SIGTERM',
  grace = 15_000,
  registry,
}) {
  const line = [...as, ...diesWithParent(stopSignal), command, ...args];
  const child = launch(line, { log, env, cwd, ...owner });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const pid = await new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid));
    child.once('error', reject);
  });
  const identity = identityOf(pid);
  if (identity) registry?.add({ ...identity, name, command, signal: stopSignal });
  exited.then(() => registry?.remove(pid));
  const stop = async () => {
    if (identity) await end(identity, stopSignal, grace);
    if (identity) await exited;
  };
  return { pid, exited, stop };
}

/** @param {string[]} line @param {{log: string} & import('node:child_process').SpawnOptions} options */
function launch([command = '', ...args], { log, ...options }) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a', 0o600);
  try {
    return spawn(command, args, { ...options, detached: true, stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

/** @type {boolean | undefined} */
let canFollowParent;

/** @param {NodeJS.Signals} signal @returns {string[]} a prefix by which Linux sends `signal` when the launcher dies */
function diesWithParent(signal) {
  canFollowParent ??= spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return canFollowParent ? ['setpriv', '--pdeathsig', signal.replace('SIG', '')] : [];
}

/**
 * Waits until `probe` answers true; fails as soon as the program ends, or when `within` is over.
 * @param {string} name @param {Spawned} spawned @param {() => Promise<boolean> | boolean} probe
 * @param {{within?: number, log: string}} options
 */
export async function ready(name, spawned, probe, { within = 60_000, log }) {
  let over = '';
  spawned.exited.then(({ code, signal }) => {
    over = `ended with ${signal ?? `code ${code}`} while starting`;
  });
  const deadline = Date.now() + within;
  while (!(await probe())) {
    if (over === '' && Date.now() > deadline) over = `did not get ready within ${within / 1000} s`;
    if (over !== '') {
      await spawned.stop();
      throw new EngineFailed(name, over, log);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An engine that was found, but did not come up. */
export class EngineFailed extends Error {
  code = 'ENGINE_FAILED';
  /** @param {string} engine @param {string} what @param {string} log */
  constructor(engine, what, log) {
    super(`${engine} ${what}. Its log says why: ${log}`);
    this.name = 'EngineFailed';
  }
}
