import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { check, eventually, say } from './steps.mjs';

export const PROJECT = 'waybill-journey';
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const [http, temporalUi, codec, rabbitmqUi] = await freePorts(4);
export const api = `http://127.0.0.1:${http}`;
const env = {
  ...process.env,
  COMPOSE_PROJECT_NAME: PROJECT,
  COMPOSE_PROGRESS: 'quiet',
  WAYBILL_HTTP_PORT: http,
  WAYBILL_TEMPORAL_UI_PORT: temporalUi,
  WAYBILL_CODEC_PORT: codec,
  WAYBILL_RABBITMQ_UI_PORT: rabbitmqUi,
};

/** @returns {Promise<string>} what it printed; rejects with what it complained of */
export async function compose(...args) {
  return docker('compose', ...args);
}

async function docker(...args) {
  try {
    const { stdout } = await run('docker', args, { cwd: root, env, maxBuffer: 64 << 20 });
    return stdout.trimEnd();
  } catch (error) {
    throw new Error(`docker ${args.join(' ')}: exit code ${error.code}\n${error.stdout}${error.stderr}`, {
      cause: error,
    });
  }
}

/** The command line, as an operator uses it. */
export function waybill(...args) {
  return compose('exec', '-T', 'gateway', 'waybill', ...args);
}

export async function restartsOf(service) {
  return Number(
    await docker('inspect', '--format', '{{.RestartCount}}', await compose('ps', '--all', '--quiet', service)),
  );
}

/** SIGKILL to a service's process, not to its container: what is killed by `docker kill` is not restarted by policy. */
export async function killProcess(service) {
  const script = `
    const { readdirSync, readFileSync } = require('node:fs');
    for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
      const [program, file = ''] = readFileSync('/proc/' + pid + '/cmdline', 'utf8').split('\\0');
      if (program === 'node' && file === 'dist/apps/${service}/main.js') process.kill(Number(pid), 'SIGKILL'), console.log(pid);
    }`;
  const killed = await compose('exec', '-T', service, 'node', '-e', script);
  check(killed !== '', `${service} has no process to kill`);
}

/** @returns {Promise<Record<string, number>>} of the containers that run our image, by service */
export async function exitCodes() {
  const lines = (await compose('ps', '--all', '--format', 'json')).split('\n').map((line) => JSON.parse(line));
  return Object.fromEntries(
    lines.filter(({ Image }) => Image === 'waybill:local').map(({ Service, ExitCode }) => [Service, ExitCode]),
  );
}

export async function listMails() {
  return (await compose('exec', '-T', 'notifications', 'ls', '/var/lib/waybill/mail')).split('\n').filter(Boolean);
}

/** Counts of the broker and of the read side come a moment after the last order has ended. */
export async function verifyAtRest(accepted) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-journey-'));
  const file = join(folder, 'accepted.ndjson');
  try {
    writeFileSync(file, accepted.map((id) => `${JSON.stringify({ id })}\n`).join(''), { mode: 0o644 });
    const command = [
      'run',
      '--rm',
      '-T',
      '--volume',
      `${file}:/accepted.ndjson:ro`,
      'tools',
      'verify',
      '--at-rest',
      '--accepted',
      '/accepted.ndjson',
    ];
    say(await eventually('verify is clean', 60_000, () => compose(...command)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
