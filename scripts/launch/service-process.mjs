import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 12_000;

/**
 * Starts a service's process and waits until it says that it is ready.
 * @param {{ name: string, app: string, root: string, folder: string, node: string, env: Record<string, string>, remember: (entry: { name: string, pid: number }) => void }} options
 * @returns {Promise<import('./unit.mjs').Running>}
 */
export async function startService({ name, app, root, folder, node, env, remember }) {
  await writeEnvFile(folder, name, env);
  const log = await openLog(folder, name);
  const child = spawn(node, ['--enable-source-maps', join(root, 'dist', 'apps', app, 'main.js')], {
    cwd: root,
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exited with code ${code}`));
  });
  void exited.then(() => log.end());
  if (child.pid) remember({ name, pid: child.pid });
  const running = { pid: child.pid, exited, stop: () => stopProcess(child, exited) };
  await untilReady(running, name, env.WAYBILL_PROBE_LISTEN, join(folder, 'logs', `${name}.log`));
  return running;
}

/** Only what a process needs of the launcher's environment: what a service is configured with is handed to it by name. */
function inherited() {
  const kept = /^(PATH|HOME|TMPDIR|TZ|LANG|LC_.*|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|WAYBILL_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => kept.test(key)));
}

/** `npx nest start <app> --watch` takes the service's environment from here. */
async function writeEnvFile(folder, name, env) {
  await mkdir(join(folder, 'env'), { recursive: true, mode: 0o700 });
  const lines = Object.entries(env).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  await writeFile(join(folder, 'env', `${name}.env`), `${lines.join('\n')}\n`, { mode: 0o600 });
}

async function openLog(folder, name) {
  await mkdir(join(folder, 'logs'), { recursive: true });
  return createWriteStream(join(folder, 'logs', `${name}.log`), { flags: 'a' });
}

async function untilReady(running, name, listen, logFile) {
  let ended;
  void running.exited.then((how) => (ended = how));
  const giveUp = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (ended) throw new Error(`${name} ${ended} before it was ready:\n${await lastLines(logFile)}`);
    if (await isReady(listen)) return;
    if (Date.now() > giveUp) {
      await running.stop();
      throw new Error(`${name} was not ready within ${READY_TIMEOUT_MS / 1000} s; see ${logFile}`);
    }
    await pause(40);
  }
}

async function isReady(listen) {
  try {
    const response = await fetch(`http://${listen}/readyz`, { signal: AbortSignal.timeout(2_500) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}

async function lastLines(file) {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

async function stopProcess(child, exited) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  // A process that was stopped by SIGSTOP must go on to notice SIGTERM.
  child.kill('SIGCONT');
  const backstop = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(backstop);
}
