import { describe, expect, it } from '@jest/globals';
import { BROKER_SERVICES } from '#libs/contracts/broker-access.js';
import { IDENTITIES } from '#libs/contracts/callers.js';
import { containers, volumes, type Container } from './compose-file.js';

interface Service {
  readonly name: string;
  readonly database?: boolean;
  readonly amqp?: boolean;
}
// The launcher is plain JavaScript, without types.
const FILE = new URL('../../scripts/launch/services.mjs', import.meta.url).href;
const { SERVICES } = (await import(FILE)) as { SERVICES: readonly Service[] };

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');
const databasePassword = (service: string): string => `WAYBILL_DATABASE_PASSWORD_${upper(service)}`;
const brokerPassword = (service: string): string => `WAYBILL_BROKER_PASSWORD_${upper(service)}`;

const PROVIDER = ['WAYBILL_PAYMENT_SIMULATOR_API_KEY', 'WAYBILL_PAYMENT_WEBHOOK_SECRET'];
const CARRIER = ['WAYBILL_CARRIER_SIMULATOR_API_KEY', 'WAYBILL_CARRIER_WEBHOOK_SECRET'];
const EVERY_IDENTITY = IDENTITIES.map((name) => `identity-${name}`);
const VERIFIES_TOKENS = ['keys:ro'];

/** What a container sees beyond its own identity, its own database's and its own broker user's password; each has a reason. */
const BESIDES: Readonly<Record<string, Partial<Container>>> = {
  gateway: { mounts: [...VERIFIES_TOKENS, 'operator:ro'] },
  orders: { mounts: VERIFIES_TOKENS },
  catalog: { mounts: VERIFIES_TOKENS },
  customers: { mounts: VERIFIES_TOKENS },
  billing: { mounts: VERIFIES_TOKENS },
  'order-view': { mounts: VERIFIES_TOKENS },
  operations: { mounts: VERIFIES_TOKENS, secrets: ['WAYBILL_AUDITOR_PASSWORD'] },
  fulfilment: { mounts: [...VERIFIES_TOKENS, 'payloads:ro'] },
  notifications: { mounts: ['mail'] },
  payments: { secrets: PROVIDER },
  'payment-simulator': { secrets: PROVIDER },
  shipping: { secrets: CARRIER },
  'carrier-simulator': { secrets: CARRIER },
};

/** What is no service of ours. */
const OTHERS: Readonly<Record<string, Container>> = {
  postgres: { mounts: ['postgres'], secrets: ['WAYBILL_POSTGRES_PASSWORD'] },
  rabbitmq: { mounts: ['rabbitmq'], secrets: ['WAYBILL_RABBITMQ_PASSWORD'] },
  temporal: { mounts: ['temporal'], secrets: [] },
  certificates: { mounts: ['ca', ...EVERY_IDENTITY], secrets: [] },
  tools: { mounts: ['auditor:ro', 'identity-operator:ro'], secrets: [] },
  provision: {
    mounts: ['ca', 'issuer', 'keys', 'payloads', 'operator', 'auditor', ...EVERY_IDENTITY],
    secrets: [
      ...SERVICES.filter(({ database }) => database).map(({ name }) => databasePassword(name)),
      ...BROKER_SERVICES.map(brokerPassword),
      'WAYBILL_AUDITOR_PASSWORD',
      'WAYBILL_POSTGRES_PASSWORD',
      'WAYBILL_RABBITMQ_PASSWORD',
    ],
  },
};

function sorted({ mounts = [], secrets = [] }: Partial<Container>): Container {
  return { mounts: mounts.toSorted(), secrets: secrets.toSorted() };
}

function expected({ name, database, amqp }: Service): Container {
  const { mounts = [], secrets = [] } = BESIDES[name] ?? {};
  const identity = IDENTITIES.some((known) => known === name) ? [`identity-${name}:ro`] : [];
  return sorted({
    mounts: [...identity, ...mounts],
    secrets: [...(database ? [databasePassword(name)] : []), ...(amqp ? [brokerPassword(name)] : []), ...secrets],
  });
}

describe('what a container of docker-compose.yml holds', () => {
  const found = containers();

  it.each(SERVICES.map((service) => [service.name, service] as const))(
    'given %s, then its own identity and passwords, what it is known to need besides, and nothing else',
    (name, service) => {
      expect(found.get(name)).toEqual(expected(service));
    },
  );

  it.each(Object.entries(OTHERS))('given %s, then what it is known to need, and nothing else', (name, container) => {
    expect(found.get(name)).toEqual(sorted(container));
  });

  it('given any container, then it is one of these, and every volume is somebody’s', () => {
    expect([...found.keys()].sort()).toEqual([...SERVICES.map(({ name }) => name), ...Object.keys(OTHERS)].sort());
    const mounted = [...found.values()].flatMap(({ mounts }) => mounts.map((mount) => mount.replace(':ro', '')));
    expect(volumes().sort()).toEqual([...new Set(mounted)].sort());
  });
});
