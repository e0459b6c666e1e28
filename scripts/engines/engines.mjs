/**
 * Starts the engines that Waybill stands on, each found or fetched first, all at once.
 * This is what `npm start` and the tests use; nothing here needs a dependency to be installed but Postgres' binaries.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { choosePorts } from './ports.mjs';
import { outsideOf } from './postgres-user.mjs';
import * as postgres from './postgres.mjs';
import * as rabbitmq from './rabbitmq.mjs';
import * as temporal from './temporal.mjs';

/**
 * @typedef {'postgres' | 'rabbitmq' | 'temporal'} EngineName
 * @typedef {'postgres' | 'amqp' | 'management' | 'rabbitmq-dist' | 'epmd' | 'temporal' | 'temporal-ui'} PortName
 * @typedef {Record<PortName, number>} Ports
 *
 * @typedef {object} StartContext
 * @property {string} dir  the engine's own folder, for data and secrets
 * @property {Ports} ports
 * @property {NodeJS.ProcessEnv} env
 * @property {import('./search.mjs').Report} report
 * @property {string} log  file for what the engine prints
 * @property {import('./leftovers.mjs').Registry | undefined} [registry]
 * @property {Record<string, string>} [searchAttributes]  of workflows, name to type
 * @property {(where: Pick<Engine, 'url' | 'management'>) => void} announce  told where the engine will be, if that is known long before it is ready
 *
 * @typedef {object} Engine  `pid` and `exited` are absent when the engine was given by a URL
 * @property {string} name
 * @property {import('./search.mjs').Source} source
 * @property {string} [version]
 * @property {string} [url]  of Postgres and RabbitMQ
 * @property {string} [management]  address of RabbitMQ's page
 * @property {string} [address]  of Temporal
 * @property {string} [namespace]
 * @property {string} [ui]  address of Temporal's page
 * @property {number} [pid]
 * @property {Promise<{code: number | null, signal: NodeJS.Signals | null}>} [exited]
 * @property {() => Promise<void>} stop
 */

/** @type {Record<EngineName, PortName[]>} */
const PORTS = {
  postgres: ['postgres'],
  rabbitmq: ['amqp', 'management', 'rabbitmq-dist', 'epmd'],
  temporal: ['temporal', 'temporal-ui'],
};

/** All of them, to be chosen at once. */
export const ENGINE_PORTS = Object.values(PORTS).flat();

/** @type {Record<EngineName, (context: StartContext) => Promise<Engine>>} */
const starters = { postgres: postgres.start, rabbitmq: rabbitmq.start, temporal: temporal.start };

/** @type {EngineName[]} */
export const ENGINES = ['postgres', 'rabbitmq', 'temporal'];

/**
 * @typedef {object} Options
 * @property {string} dir  the checkout's state folder, `.waybill`
 * @property {EngineName[]} [only]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {import('./search.mjs').Report} [report]
 * @property {import('./leftovers.mjs').Registry} [registry]
 * @property {Record<string, string>} [searchAttributes]  of workflows, name to type
 * @property {StartContext['announce']} [announce]
 */

/**
 * Starts them side by side. If one fails, those that came up are stopped again before the error is thrown.
 * @param {Options} options
 */
export async function startEngines({ only = ENGINES, ...options }) {
  const ports = await choosePorts(
    options.dir,
    only.flatMap((name) => PORTS[name]),
  );
  const results = await Promise.allSettled(only.map((name) => startEngine(name, ports, options)));
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => void (await Promise.all(running.map((engine) => engine.stop())));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  /** @type {Partial<Record<string, Engine>>} */
  const engines = Object.fromEntries(running.map((engine) => [engine.name, engine]));
  return { engines, urls: urlsOf(engines), stop };
}

/**
 * Starts one engine on given ports: how a supervisor brings back one that died.
 * @param {EngineName} name @param {Ports} ports @param {Omit<Options, 'only'>} options
 */
export async function startEngine(
  name,
  ports,
  { dir, env = process.env, report = () => {}, registry, searchAttributes = {}, codec, announce = () => {} },
) {
  const began = performance.now();
  const own = { dir: join(dir, name), log: join(dir, 'logs', `${name}.log`) };
  const context = { ...own, ports, env, report, registry, searchAttributes, codec, announce };
  const engine = await starters[name](context);
  const detail = [engine.version, `from ${engine.source}`, `${Math.round(performance.now() - began)} ms`].filter(
    Boolean,
  );
  report({ engine: name, phase: 'ready', detail: detail.join(', ') });
  return { ...engine, ports };
}

/** The part that clients need, as in `run.json`. @param {Partial<Record<string, Engine>>} engines */
function urlsOf({ postgres: pg, rabbitmq: mq, temporal: flow }) {
  return {
    ...(pg && { postgres: { url: pg.url, pid: pg.pid } }),
    ...(mq && { rabbitmq: { amqp: mq.url, management: mq.management, pid: mq.pid } }),
    ...(flow && { temporal: { address: flow.address, namespace: flow.namespace, ui: flow.ui, pid: flow.pid } }),
  };
}

/** Removes the engines' data, for a start from nothing. They must not run. @param {string} dir */
export function removeData(dir) {
  for (const name of ENGINES) {
    const own = join(dir, name);
    if (!existsSync(own)) continue;
    rmSync(outsideOf(own), { recursive: true, force: true });
    rmSync(own, { recursive: true, force: true });
  }
}
