/** RabbitMQ: where to find it. How a private node is run stands in `rabbitmq-node.mjs`. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cached, fill } from './cache.mjs';
import { unpackRabbitmq } from './debian.mjs';
import { rabbitmq as pin } from './pins.mjs';
import { accepts } from './probe.mjs';
import { startContainer } from './rabbitmq-container.mjs';
import { startNode } from './rabbitmq-node.mjs';
import { onPath, run } from './run.mjs';
import { atLeast, EngineUnavailable, search } from './search.mjs';

const REMEDY = [
  'Do one of these and start again:',
  '  - start Docker (the image is then used)',
  '  - on macOS: brew install rabbitmq (it need not be started as a service)',
  '  - set WAYBILL_RABBITMQ_URL to amqp://user:password@host:port of a broker that runs, and, for links and tools,',
  '    WAYBILL_RABBITMQ_MANAGEMENT_URL to its management address',
].join('\n');

/**
 * A broker's programs: `home` is the folder that holds sbin and plugins, `erlang` Erlang's folder when it is not the
 * system's own.
 * @typedef {{home: string, version: string, erlang?: string, libraries?: string}} Programs
 * @typedef {{image: string, version: string}} Image
 * @typedef {import('./search.mjs').Source} Source
 * @typedef {{source: 'url', url: string} | ({source: Source} & (Programs | Image))} Found
 */

/**
 * @param {{env?: NodeJS.ProcessEnv, report?: import('./search.mjs').Report}} [context]
 * @returns {Promise<Found>}
 */
export async function locate({ env = process.env, report = () => {} } = {}) {
  if (env.WAYBILL_RABBITMQ_URL) return { source: 'url', url: env.WAYBILL_RABBITMQ_URL };
  const key = `rabbitmq-${distribution()}-${process.arch}`;
  /** @type {import('./search.mjs').Rung<Programs | Image>[]} */
  const rungs = [
    { source: 'path', find: () => installed(env) },
    { source: 'cache', find: () => unpacked(cached(env, key)) },
    { source: 'registry', find: async () => unpacked(await fromPackages(key, env, report)) },
    { source: 'container', find: () => container(env) },
  ];
  return await search('RabbitMQ', rungs, REMEDY);
}

/** @param {string} key @param {NodeJS.ProcessEnv} env @param {import('./search.mjs').Report} report */
async function fromPackages(key, env, report) {
  /** @type {import('./debian.mjs').OnPhase} */
  const onPhase = (phase, bytes, total) => report({ engine: 'rabbitmq', phase, bytes, total });
  const onWait = () => report({ engine: 'rabbitmq', phase: 'wait', detail: 'another run is fetching it' });
  return await fill(env, key, (folder) => unpackRabbitmq(folder, env, onPhase), onWait);
}

/** @returns {string} the release whose packages are unpacked: they fit only the system libraries of their own */
function distribution() {
  if (!existsSync('/etc/os-release')) return process.platform;
  const release = readFileSync('/etc/os-release', 'utf8');
  const value = (/** @type {string} */ name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(release)?.[1];
  return `${value('ID') ?? 'linux'}-${value('VERSION_ID') ?? value('VERSION_CODENAME') ?? 'rolling'}`;
}

/** @param {NodeJS.ProcessEnv} env @returns {Programs | undefined} programs that belong to the system, of an accepted version */
function installed(env) {
  const system = '/usr/lib/rabbitmq/lib'; // Debian's scripts on PATH insist on a user of their own: go round them
  const debian = existsSync(system) ? readdirSync(system).map((name) => join(system, name)) : [];
  const others = onPath('rabbitmq-server', env).map((script) => dirname(dirname(realpathSync(script))));
  for (const home of [...debian, ...others]) {
    const version = versionIn(home);
    if (version && atLeast(version, pin.least)) return { home, version };
  }
  return undefined;
}

/** @param {{folder: string} | undefined} entry @returns {Programs | undefined} */
function unpacked(entry) {
  if (!entry) return undefined;
  const lib = join(entry.folder, 'usr', 'lib');
  const home = join(lib, 'rabbitmq', 'lib', readdirSync(join(lib, 'rabbitmq', 'lib'))[0] ?? '');
  const libraries = readdirSync(lib).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const version = versionIn(home) ?? 'unknown';
  return { ...entry, home, version, erlang: join(lib, 'erlang'), libraries: join(lib, libraries) };
}

/** @param {string} home @returns {string | undefined} */
function versionIn(home) {
  const plugins = join(home, 'plugins');
  const names = existsSync(plugins) ? readdirSync(plugins) : [];
  return names.map((name) => /^rabbit-(\d+\.\d+\.\d+)/.exec(name)?.[1]).find(Boolean);
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<Image>} if a Docker engine answers */
async function container(env) {
  await run('docker', ['version', '--format', '{{.Server.Version}}'], { env, timeout: 5_000 });
  return { image: pin.image, version: pin.image.split(':')[1] ?? 'latest' };
}

/**
 * @param {import('./engines.mjs').StartContext} context
 * @returns {Promise<import('./engines.mjs').Engine>}
 */
export async function start(context) {
  const found = await locate(context);
  if ('url' in found) return await given(found.url, context.env.WAYBILL_RABBITMQ_MANAGEMENT_URL);
  if ('image' in found) return { source: found.source, ...(await startContainer(found.image, context)) };
  return { source: found.source, ...(await startNode(found, context)) };
}

/** @param {string} url @param {string | undefined} management */
async function given(url, management) {
  const { hostname, port } = new URL(url);
  if (!(await accepts(hostname, Number(port || 5672)))) {
    const remedy = 'Correct WAYBILL_RABBITMQ_URL, or unset it to run a broker here.';
    throw new EngineUnavailable('RabbitMQ', [`url: nothing answers at ${hostname}:${port || 5672}`], remedy);
  }
  const links = management ? { management } : {};
  return { name: 'rabbitmq', source: /** @type {const} */ ('url'), url, ...links, stop: async () => {} };
}
