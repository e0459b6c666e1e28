import { z } from 'zod';
import { address, amqpConfig, ConfigurationError, loadConfig, peerAddress, tlsConfig } from '#libs/kernel/config.js';
import { BROKER_SERVICES, type BrokerService } from '#libs/contracts/broker-access.js';
import type { ServiceDatabase } from '#libs/persistence/provision.js';
import { UserError } from '../run-file/run-file.js';

const PASSWORD_OF = /^WAYBILL_DATABASE_PASSWORD_([A-Z_]+)$/;
const BROKER_PASSWORD_OF = 'WAYBILL_BROKER_PASSWORD_';

/** It becomes part of a URL as it is. */
const password = z.string().regex(/^[\w.~-]{8,}$/, 'must be at least 8 of: letters, digits, - . _ ~');
const url = z.url({ protocol: /^https?$/ });

const provisionConfig = z.object({
  /** A superuser's. */
  WAYBILL_POSTGRES_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  WAYBILL_AUDITOR_PASSWORD: password,
  ...amqpConfig.shape,
  WAYBILL_RABBITMQ_MANAGEMENT_URL: url,
  WAYBILL_TEMPORAL_ADDRESS: address,
  WAYBILL_TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** Temporal's page and the API, as people reach them. */
  WAYBILL_TEMPORAL_UI_URL: url,
  /** Where Temporal's page has payloads read, as people's browsers reach it. */
  WAYBILL_CODEC_URL: url,
  WAYBILL_PUBLISHED_URL: url,
  /** Where each service answers: `gateway:8080,orders:8080`. A service's host is its name. */
  WAYBILL_HTTP_SERVICES: peerAddress,
  WAYBILL_GRPC_SERVICES: peerAddress,
  WAYBILL_MTLS: tlsConfig.shape.WAYBILL_MTLS,
  /** The folders `issuer`, `keys`, `payloads`, `operator` and `auditor` in it are filled. */
  WAYBILL_PROVISION_DIR: z.string().min(1),
});

/** What a system in containers is made of, as far as it must be there before the services are. */
export type Plan = z.infer<typeof provisionConfig> & {
  readonly databases: readonly ServiceDatabase[];
  readonly brokerPasswords: Readonly<Record<BrokerService, string>>;
};

/** @throws UserError that lists what is missing or wrong */
export function readPlan(): Plan {
  try {
    return {
      ...loadConfig('provision', provisionConfig),
      databases: databasesOf(process.env),
      brokerPasswords: brokerPasswordsOf(process.env),
    };
  } catch (error) {
    throw error instanceof ConfigurationError ? new UserError(error.message) : error;
  }
}

/** A database for each password that is given: `WAYBILL_DATABASE_PASSWORD_PAYMENT_SIMULATOR` is that of `payment-simulator`. */
export function databasesOf(env: NodeJS.ProcessEnv): ServiceDatabase[] {
  const databases = Object.entries(env).flatMap(([name, value]) => {
    const [, service] = PASSWORD_OF.exec(name) ?? [];
    return service === undefined
      ? []
      : [{ service: service.toLowerCase().replaceAll('_', '-'), password: checked(name, value) }];
  });
  if (databases.length === 0)
    throw new ConfigurationError('No database is asked for: set WAYBILL_DATABASE_PASSWORD_ORDERS and the like');
  return databases;
}

/** Of each service that talks to the broker: `WAYBILL_BROKER_PASSWORD_ORDER_VIEW` is that of `order-view`. */
export function brokerPasswordsOf(env: NodeJS.ProcessEnv): Plan['brokerPasswords'] {
  const passwords = BROKER_SERVICES.map((service) => {
    const name = `${BROKER_PASSWORD_OF}${service.toUpperCase().replaceAll('-', '_')}`;
    return [service, checked(name, env[name])];
  });
  return Object.fromEntries(passwords) as Record<BrokerService, string>;
}

function checked(name: string, value: string | undefined): string {
  const result = password.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigurationError(`${name} ${result.error.issues.map(({ message }) => message).join('; ')}`);
}
