import { join } from 'node:path';
import { replaceFile } from '../engines/replace-file.mjs';

/**
 * `.waybill/run.json`: where everything of this run is. Only its owner may read it: it holds tokens and passwords.
 * @param {{ system: import('./system.mjs').System, processes: object[], units: Map<string, import('./unit.mjs').Unit>, tokens: object, auditorUrl: string }} run
 */
export function writeRunFile({ system, processes, units, tokens, auditorUrl }) {
  const { ports, secrets } = system;
  const pid = (name) => units.get(name)?.pid;
  const services = processes.map((service) => {
    const http = `http://127.0.0.1:${ports[`${service.process}.http`]}`;
    const speaksHttp = service.name === 'gateway' || service.name.endsWith('-simulator');
    return [
      service.process,
      {
        pid: pid(service.process),
        ...(service.grpc && { grpc: `127.0.0.1:${ports[`${service.process}.grpc`]}` }),
        ...(speaksHttp && { http }),
        metrics: `${http}/metrics`,
        ...(service.database && { database: system.database(service.name) }),
      },
    ];
  });
  const content = {
    gateway: { url: system.gateway },
    temporal: system.temporal,
    rabbitmq: { amqp: system.rabbitmq.url, management: system.rabbitmq.management },
    postgres: { url: system.postgres.url, auditor: auditorUrl },
    services: Object.fromEntries(services),
    engines: Object.fromEntries(['temporal', 'rabbitmq', 'postgres'].map((name) => [name, { pid: pid(name) }])),
    tokens,
    tls: tlsOf(system),
    ...(system.collector && { traces: join(system.folder, 'traces') }),
    webhooks: { payments: { secret: secrets.paymentsWebhook }, carrier: { secret: secrets.carrierWebhook } },
    control: { url: `http://127.0.0.1:${ports.control}`, token: secrets.control },
  };
  replaceFile(join(system.folder, 'run.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/** The files of the person at the terminal. */
function tlsOf({ identities }) {
  if (!identities) return null;
  const folder = identities.folderOf('operator');
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}
