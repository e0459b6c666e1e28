/** A Postgres cluster in a folder of its own: made once, on the loopback address, with a password, never as root. */
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandOf } from './identity.mjs';
import { postgres as pin } from './pins.mjs';
import { chooseUser } from './postgres-user.mjs';
import { run } from './run.mjs';
import { secret } from './secret.mjs';
import { ready, start } from './spawn.mjs';

const USER = 'waybill';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 300,
  shared_buffers: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  jit: 'off', // statements here are short: compiling them costs more than it gains
  log_min_messages: 'warning',
  log_min_error_statement: 'fatal', // a refused statement is the caller's to report
  log_line_prefix: '%m [%p] %d ',
};

/** @param {string} bin @param {import('./engines.mjs').StartContext} context */
export async function startCluster(bin, { dir, ports, log, registry, report }) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const passwordFile = join(dir, 'password');
  const password = secret(passwordFile);
  const user = await chooseUser(bin, dir);
  await initialise(user, passwordFile, () => report({ engine: 'postgres', phase: 'initialise' }));
  checkVersion(user, pin.major);
  removeForeignPid(user.data);
  const settings = Object.entries({ ...SETTINGS, port: ports.postgres }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const launch = { name: 'postgres', command: join(user.bin, 'postgres'), args: ['-D', user.data, ...settings] };
  const fast = { stopSignal: /** @type {const} */ ('SIGINT'), as: user.as, owner: user.owner, cwd: user.data };
  const server = await start({ ...launch, ...fast, log, registry });
  await ready('Postgres', server, () => saysReady(user.data, server.pid), { log });
  return {
    name: 'postgres',
    url: `postgres://${USER}:${password}@127.0.0.1:${ports.postgres}/postgres`,
    ...server,
  };
}

/**
 * Made beside its place and renamed into it, so that a start that was killed leaves no half-made cluster.
 * @param {import('./postgres-user.mjs').User} user @param {string} passwordFile @param {() => void} onStart
 */
async function initialise({ bin, data, as, owner }, passwordFile, onStart) {
  if (existsSync(data)) return;
  onStart();
  const fresh = `${data}.new`;
  const pwfile = `${data}.password`;
  rmSync(fresh, { recursive: true, force: true });
  writeFileSync(pwfile, readFileSync(passwordFile), { mode: 0o600 });
  if (owner) chownSync(pwfile, owner.uid, owner.gid);
  const access = ['--username', USER, '--pwfile', pwfile, '--auth', 'scram-sha-256'];
  const kind = ['--no-sync', '--locale=C', '--encoding=UTF8'];
  const [command = '', ...args] = [...as, join(bin, 'initdb'), '--pgdata', fresh, ...access, ...kind];
  await run(command, args, { ...owner, cwd: dirname(data), env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } });
  rmSync(pwfile);
  renameSync(fresh, data);
}

/** @param {import('./postgres-user.mjs').User} user @param {string} major */
function checkVersion({ data }, major) {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (made !== major) throw new OtherVersion(data, made, major);
}

/** The data belongs to another major version, which this server does not read. */
export class OtherVersion extends Error {
  code = 'POSTGRES_DATA_VERSION';
  /** @param {string} data @param {string} made @param {string} major */
  constructor(data, made, major) {
    super(`${data} was made by Postgres ${made}, this is ${major}. Start with --fresh, or move that folder away.`);
    this.name = 'OtherVersion';
  }
}

/**
 * Postgres refuses to start while its pid file names a live process, and after a crash that pid may have passed to a
 * program that is no Postgres: only then the file is removed. Anything else Postgres judges better itself.
 * @param {string} data
 */
function removeForeignPid(data) {
  const file = join(data, 'postmaster.pid');
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 0;
  const command = pid > 0 ? commandOf(pid) : undefined;
  if (command !== undefined && !command.includes('postgres')) rmSync(file);
}

/** @param {string} data @param {number} pid @returns {boolean} as pg_ctl asks: the last line of the server's pid file */
function saysReady(data, pid) {
  const file = join(data, 'postmaster.pid');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
