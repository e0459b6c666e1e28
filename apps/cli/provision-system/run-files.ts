import { join } from 'node:path';
import { AUDITOR, databaseUrl } from '#libs/persistence/provision.js';
import { filesIn } from '#libs/security/identity-folder.js';
import type { Run } from '../run-file/run-file.js';
import type { Plan } from './plan.js';

/** For whoever works inside the gateway's container: no password is in it, and no certificate but the gateway's own is there. */
export function operatorsRun(plan: Plan, tokens: Run['tokens']): Run {
  const [gateway] = plan.WAYBILL_HTTP_SERVICES.split(',').filter((service) => nameOf(service) === 'gateway');
  return {
    gateway: { url: `http://${gateway ?? 'gateway:8080'}`, published: plan.WAYBILL_PUBLISHED_URL },
    temporal: {
      address: plan.WAYBILL_TEMPORAL_ADDRESS,
      namespace: plan.WAYBILL_TEMPORAL_NAMESPACE,
      ui: plan.WAYBILL_TEMPORAL_UI_URL,
      codec: plan.WAYBILL_CODEC_URL,
    },
    services: servicesOf(plan),
    tokens,
  };
}

/** For the operator's own container: the same, the operator's certificate, and the access of the auditor, who may read every database. */
export function auditorsRun(plan: Plan, tokens: Run['tokens']): Run {
  return {
    ...operatorsRun(plan, tokens),
    tls: plan.WAYBILL_MTLS === 'off' ? null : filesIn(join(plan.WAYBILL_PROVISION_DIR, 'operator-identity')),
    rabbitmq: { amqp: plan.WAYBILL_AMQP_URL, management: plan.WAYBILL_RABBITMQ_MANAGEMENT_URL },
    postgres: { auditor: databaseUrl(plan.WAYBILL_POSTGRES_URL, AUDITOR, plan.WAYBILL_AUDITOR_PASSWORD, 'postgres') },
  };
}

function servicesOf({ WAYBILL_HTTP_SERVICES, WAYBILL_GRPC_SERVICES }: Plan): Run['services'] {
  const grpc = new Map(WAYBILL_GRPC_SERVICES.split(',').map((service) => [nameOf(service), service]));
  const services = WAYBILL_HTTP_SERVICES.split(',').map((service) => {
    const listens = grpc.get(nameOf(service));
    return [nameOf(service), { ...(listens !== undefined && { grpc: listens }), metrics: `http://${service}/metrics` }];
  });
  return Object.fromEntries(services) as Run['services'];
}

function nameOf(service: string): string {
  return service.slice(0, service.indexOf(':'));
}
