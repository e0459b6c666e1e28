import { choosePorts } from '../engines/ports.mjs';
import { SERVICES } from './services.mjs';

const DEFAULT_HTTP_PORT = 8080;

/**
 * What one run of the system is made of, and what its services are told of each other.
 * @typedef {object} System
 * @property {string} root the checkout
 * @property {string} folder where its state lives: `.waybill`
 * @property {Record<string, number>} ports
 * @property {Record<string, string>} secrets made once per checkout
 * @property {string} gateway the public URL
 * @property {(service: string) => string} http where a service's HTTP is
 * @property {{ address: string, namespace: string, ui?: string, codec?: string }} temporal
 * @property {string} payloadKeys the file with the keys of Temporal's payloads
 * @property {{ url: string }} postgres a superuser's URL
 * @property {string} auditor the server's URL for the role that may read every database and write none
 * @property {{ url: string, management?: string }} rabbitmq
 * @property {(service: string) => string} amqp the broker, as a service's own user; as the administrator where users cannot be made
 * @property {Awaited<ReturnType<typeof import('./certificates.mjs').keepIdentities>>} identities by which services know each other
 * @property {Record<string, string>} issuer whose tokens are believed
 * @property {string} [collector] where spans are kept, if they are
 * @property {(service: string) => string} database a service's own URL
 */

/** One process more for each replica beyond the first: `WAYBILL_REPLICAS=orders=2,gateway=2` gives orders-2 and gateway-2. */
export function processesOf(replicas = process.env.WAYBILL_REPLICAS ?? '') {
  const counts = new Map(
    replicas
      .split(',')
      .filter(Boolean)
      .map((entry) => entry.split('=')),
  );
  for (const name of counts.keys()) {
    if (!SERVICES.some((service) => service.name === name))
      throw new Error(`WAYBILL_REPLICAS names ${name}, which is no service`);
  }
  return SERVICES.flatMap((service) =>
    Array.from({ length: Number(counts.get(service.name) ?? 1) }, (_, index) => ({
      ...service,
      process: index === 0 ? service.name : `${service.name}-${index + 1}`,
    })),
  );
}

/** Ports of this checkout: the same at each start while they are free. */
export async function choose(folder, processes) {
  const names = processes.flatMap(({ process: name, grpc }) => [`${name}.http`, ...(grpc ? [`${name}.grpc`] : [])]);
  const wished = Number(process.env.WAYBILL_HTTP_PORT ?? 0);
  const ports = await choosePorts(folder, [...names, 'control', 'traces'], wished ? { 'gateway.http': wished } : {});
  if (!wished && (await isFreePort(DEFAULT_HTTP_PORT))) ports['gateway.http'] = DEFAULT_HTTP_PORT;
  return ports;
}

async function isFreePort(port) {
  const { isFree } = await import('../engines/ports.mjs');
  return isFree(port);
}

/** The environment of one process: where it listens, what it owns, whom it calls. */
export function environmentOf(service, system, processes) {
  const { ports } = system;
  const peers = (service.calls ?? []).map((peer) => [
    `WAYBILL_${peer.toUpperCase().replaceAll('-', '_')}_ADDRESS`,
    processes
      .filter(({ name }) => name === peer)
      .map(({ process: name }) => `127.0.0.1:${ports[`${name}.grpc`]}`)
      .join(','),
  ]);
  return {
    NODE_ENV: 'production',
    WAYBILL_PROBE_LISTEN: `127.0.0.1:${ports[`${service.process}.http`]}`,
    ...(service.grpc && { WAYBILL_GRPC_LISTEN: `127.0.0.1:${ports[`${service.process}.grpc`]}` }),
    ...(service.database && {
      WAYBILL_DATABASE_URL: system.database(service.name),
      WAYBILL_DATABASE_POOL: String(service.pool ?? 4),
    }),
    ...tlsOf(service, system),
    ...(system.collector && { OTEL_EXPORTER_OTLP_ENDPOINT: system.collector, OTEL_BSP_SCHEDULE_DELAY: '500' }),
    ...(service.amqp && { WAYBILL_AMQP_URL: system.amqp(service.name) }),
    ...Object.fromEntries(peers),
    ...service.env?.(system),
  };
}

function tlsOf({ name }, { identities }) {
  if (!identities) return { WAYBILL_MTLS: 'off' };
  return identities.has(name) ? { WAYBILL_TLS_DIR: identities.folderOf(name) } : {};
}
