/**
 * A RabbitMQ node in a folder of its own: its own home, cookie, name, port mapper and ports, all on the loopback
 * address. Nothing of a broker that the system may have is read or touched.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { accepts } from './probe.mjs';
import { isExecutable, onPath, run } from './run.mjs';
import { secret } from './secret.mjs';
import { ready, start } from './spawn.mjs';

const USER = 'waybill';
const STARTED = 'started-once';

/**
 * @param {import('./rabbitmq.mjs').Programs} programs @param {import('./engines.mjs').StartContext} context
 */
export async function startNode(programs, { dir, ports, env, log, registry, announce }) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  forgetTornStart(dir);
  const password = secret(join(dir, 'password'));
  configure(dir, ports, password);
  const url = `amqp://${USER}:${password}@127.0.0.1:${ports.amqp}`;
  const management = `http://127.0.0.1:${ports.management}`;
  announce({ url, management });
  const nodeEnv = environment(programs, dir, ports, env);
  const mapper = await startPortMapper(programs, ports.epmd, { log, env: nodeEnv, registry });
  const command = join(programs.home, 'sbin', 'rabbitmq-server');
  const node = await start({ name: 'rabbitmq', command, args: [], log, env: nodeEnv, cwd: dir, registry });
  const exited = node.exited.then(async (how) => (await mapper?.stop(), how));
  const stop = async () => {
    await detachStatistics(programs, nodeEnv);
    await node.stop();
    await exited;
  };
  await ready('RabbitMQ', { ...node, exited, stop }, () => accepts('127.0.0.1', ports.amqp), { log });
  writeFileSync(join(dir, STARTED), '');
  return { name: 'rabbitmq', version: programs.version, url, management, pid: node.pid, exited, stop };
}

/**
 * A node that was killed during its very first start has a database without feature flags, and never enables them by
 * itself: no quorum queue could be declared. Nothing can have been stored yet, so the next start begins anew.
 * @param {string} dir
 */
function forgetTornStart(dir) {
  if (!existsSync(join(dir, STARTED))) rmSync(join(dir, 'data'), { recursive: true, force: true });
}

/**
 * The user is made on the first start, from the configuration; Erlang's own `guest` is then never made.
 * @param {string} dir @param {import('./engines.mjs').Ports} ports @param {string} password
 */
function configure(dir, ports, password) {
  const settings = {
    'listeners.tcp.1': `127.0.0.1:${ports.amqp}`,
    'management.tcp.ip': '127.0.0.1',
    'management.tcp.port': ports.management,
    default_user: USER,
    default_pass: password,
    'disk_free_limit.absolute': '200MB',
    'vm_memory_high_watermark.absolute': '2GB',
    'raft.wal_max_size_bytes': 64 << 20, // the default keeps up to half a gigabyte of log in memory
    consumer_timeout: 30 * 60_000,
    'log.file': false,
    'log.console': true,
    'log.console.level': 'warning',
    'log.console.use_colors': 'off',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(dir, 'rabbitmq.conf'), lines.join(''), { mode: 0o600 });
  writeFileSync(join(dir, 'enabled_plugins'), '[rabbitmq_management].\n');
  writeFileSync(join(dir, 'rabbitmq-env.conf'), ''); // keeps the system's own file from being read
  secret(join(dir, '.erlang.cookie'));
}

/** @param {import('./rabbitmq.mjs').Programs} programs @param {string} dir @param {import('./engines.mjs').Ports} ports @param {NodeJS.ProcessEnv} env */
function environment(programs, dir, ports, env) {
  const name = createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 12);
  const path = [programs.erlang && join(programs.erlang, 'bin'), env.PATH].filter(Boolean).join(delimiter);
  return {
    PATH: path,
    HOME: dir,
    LANG: 'C.UTF-8',
    ...(programs.erlang ? { ERL_ROOTDIR: programs.erlang } : {}),
    ...(programs.libraries ? { LD_LIBRARY_PATH: programs.libraries } : {}),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RUNNING_UNDER_SYSTEMD: 'true', // the script becomes the Erlang machine instead of waiting for it: one process to signal
    RABBITMQ_NODENAME: `waybill-${name}@localhost`,
    RABBITMQ_MNESIA_BASE: join(dir, 'data'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_SCHEMA_DIR: join(dir, 'schema'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'config'),
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports['rabbitmq-dist']),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(dir, 'pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}

/**
 * Erlang's port mapper, started here in the foreground. Left to itself Erlang would start one as a daemon that
 * outlives everything.
 * @param {import('./rabbitmq.mjs').Programs} programs @param {number} port
 * @param {{log: string, env: NodeJS.ProcessEnv, registry?: import('./leftovers.mjs').Registry | undefined}} options
 */
async function startPortMapper(programs, port, options) {
  const command = erlangProgram('epmd', programs, options.env);
  if (!command) return undefined;
  const args = ['-port', String(port), '-address', '127.0.0.1'];
  const mapper = await start({ name: 'rabbitmq-epmd', command, args, grace: 2_000, ...options });
  await ready('epmd', mapper, () => accepts('127.0.0.1', port), { log: options.log, within: 5_000 });
  return mapper;
}

/**
 * The management plugin's collector, when told to end while the node stops, calls a process that is busy stopping
 * and waits for it in vain for five seconds. Taken away beforehand, the node stops in one. It only saves time, so a
 * node that does not answer is stopped without it.
 * @param {import('./rabbitmq.mjs').Programs} programs @param {NodeJS.ProcessEnv} env
 */
async function detachStatistics(programs, env) {
  const call = erlangProgram('erl_call', programs, env);
  if (!call) return;
  const args = [
    '-sname',
    env.RABBITMQ_NODENAME ?? '',
    '-a',
    'gen_event delete_handler [rabbit_event,rabbit_mgmt_db_handler,[]]',
  ];
  await run(call, args, { env, timeout: 2_000 }).catch(() => undefined);
}

/**
 * @param {string} name @param {import('./rabbitmq.mjs').Programs} programs @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} one of the programs that lie in Erlang's own folder
 */
function erlangProgram(name, { erlang }, env) {
  const [erl] = onPath('erl', env);
  const root = erlang ?? (erl && dirname(dirname(realpathSync(erl))));
  const erts = root && readdirSync(root).find((entry) => entry.startsWith('erts-'));
  const program = root && erts && join(root, erts, 'bin', name);
  return program && isExecutable(program) ? program : onPath(name, env)[0];
}
