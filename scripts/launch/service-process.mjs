import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ready, start } from '../engines/spawn.mjs';

/** glibc gives each thread an arena of its own; Node's helper threads need none, and a dozen processes keep 30 MB less. */
const MEMORY = { MALLOC_ARENA_MAX: '2' };

/** Longer than a service gives itself (WAYBILL_SHUTDOWN_MS), for what hangs all the same. */
const STOP_GRACE_MS = 12_000;

/**
 * Starts a service's process and waits until it says that it is ready.
 * @param {{ name: string, app: string, root: string, folder: string, env: Record<string, string>, registry: import('../engines/leftovers.mjs').Registry }} options
 * @returns {Promise<import('./unit.mjs').Running>}
 */
export async function startService({ name, app, root, folder, env, registry }) {
  await writeEnvFile(folder, name, env);
  const log = join(folder, 'logs', `${name}.log`);
  const spawned = await start({
    name,
    command: process.execPath,
    args: ['--enable-source-maps', join(root, 'dist', 'apps', app, 'main.js')],
    cwd: root,
    env: { ...inherited(), ...MEMORY, NODE_COMPILE_CACHE: join(folder, 'compile-cache'), ...env },
    log,
    grace: STOP_GRACE_MS,
    registry,
  });
  try {
    await ready(name, spawned, () => isReady(env.WAYBILL_PROBE_LISTEN), { log });
  } catch (error) {
    throw new Error(`${error.message}\n${await lastLines(log)}`, { cause: error });
  }
  return spawned;
}

const KEPT = /^(PATH|HOME|TMPDIR|TZ|LANG|LC_.*|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|OTEL_.*|WAYBILL_.*)$/;
/** Engines given by their administrators' URLs: no service may have those. TLS at the edge: here it is asked in plain HTTP. */
const WITHHELD = /^WAYBILL_(POSTGRES|RABBITMQ|HTTP_TLS)_/;

/** Only what a process needs of the launcher's environment: what a service is configured with is handed to it by name. */
function inherited() {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => KEPT.test(key) && !WITHHELD.test(key)));
}

/** `npx nest start <app> --watch` takes the service's environment from here. */
async function writeEnvFile(folder, name, env) {
  await mkdir(join(folder, 'env'), { recursive: true, mode: 0o700 });
  const lines = Object.entries(env).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  await writeFile(join(folder, 'env', `${name}.env`), `${lines.join('\n')}\n`, { mode: 0o600 });
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
