/**
 * A RabbitMQ node in a folder of its own: its own home, cookie, name, port mapper and ports, all on the loopback
 * address. Nothing of a broker that the system may have is read or touched.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { accepts, amqpAnswers } from './probe.mjs';
import { secret } from './secret.mjs';
import { ready, start } from './spawn.mjs';

const USER = 'waybill';

/**
 * @param {import('./rabbitmq.mjs').Programs} programs @param {import('./engines.mjs').StartContext} context
 */
export async function startNode(programs, { dir, ports, env, log, registry }) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const password = secret(join(dir, 'password'));
  configure(dir, ports, password);
  const nodeEnv = environment(programs, dir, ports, env);
  const epmd = await startPortMapper(programs, ports.epmd, { log, env: nodeEnv, registry });
  const command = join(programs.home, 'sbin', 'rabbitmq-server');
  const node = await start({ name: 'rabbitmq', command, args: [], log, env: nodeEnv, cwd: dir, registry });
  const stop = async () => {
    await node.stop();
    await epmd?.stop();
  };
  node.exited.then(() => epmd?.stop());
  await ready('RabbitMQ', { ...node, stop }, () => amqpAnswers('127.0.0.1', ports.amqp), { log });
  const url = `amqp://${USER}:${password}@127.0.0.1:${ports.amqp}`;
  const management = `http://127.0.0.1:${ports.management}`;
  return { name: 'rabbitmq', version: programs.version, url, management, user: USER, ...node, stop };
}

/**
 * The user is made on the first start, from the configuration; Erlang's own `guest` is then never made.
 * @param {string} dir @param {Record<string, number>} ports @param {string} password
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
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(dir, 'rabbitmq.conf'), lines.join(''), { mode: 0o600 });
  writeFileSync(join(dir, 'enabled_plugins'), '[rabbitmq_management].\n');
  writeFileSync(join(dir, 'rabbitmq-env.conf'), ''); // keeps the system's own file from being read
  secret(join(dir, '.erlang.cookie'));
}

/** @param {import('./rabbitmq.mjs').Programs} programs @param {string} dir @param {Record<string, number>} ports @param {NodeJS.ProcessEnv} env */
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
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}

/**
 * Erlang's port mapper, started here in the foreground. Left to itself Erlang would start one as a daemon that
 * outlives everything. Undefined where it is not found: then Erlang does just that.
 * @param {import('./rabbitmq.mjs').Programs} programs @param {number} port
 * @param {{log: string, env: NodeJS.ProcessEnv, registry?: import('./leftovers.mjs').Registry}} options
 */
async function startPortMapper({ erlang }, port, options) {
  const command = portMapper(erlang ?? '/usr/lib/erlang');
  if (!command) return undefined;
  const args = ['-port', String(port), '-address', '127.0.0.1'];
  const epmd = await start({ name: 'rabbitmq-epmd', command, args, grace: 2_000, ...options });
  await ready('epmd', epmd, () => accepts('127.0.0.1', port), { log: options.log, within: 5_000 });
  return epmd;
}

/** @param {string} erlang */
function portMapper(erlang) {
  const erts = existsSync(erlang) ? readdirSync(erlang).find((name) => name.startsWith('erts-')) : undefined;
  return erts && join(erlang, erts, 'bin', 'epmd');
}
