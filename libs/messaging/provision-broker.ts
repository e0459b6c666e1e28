import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';
import { BROKER_SERVICES, brokerAccessOf, brokerUserOf, type BrokerService } from '#libs/contracts/broker-access.js';
import { EVENTS_EXCHANGE } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { brokerTls } from './broker-tls.js';
import { declareTopology } from './declare-topology.js';

const PATIENCE_MS = 60_000;
const RETRY_MS = 250;

export interface BrokerPlan {
  /** An administrator's URL. */
  readonly adminUrl: string;
  readonly managementUrl: string;
  readonly passwordOf: (service: BrokerService) => string;
  /** What the users' names begin with: `waybill` unless several systems share the broker. */
  readonly system?: string;
}

/** What a service connects with. */
export function brokerUrl(adminUrl: string, service: BrokerService, password: string, system?: string): string {
  return Object.assign(new URL(adminUrl), { username: brokerUserOf(service, system), password }).toString();
}

/**
 * Declares the topology, and makes a user for each service that talks to the broker, with the rights that it needs and no others.
 * Repeatable; passwords and rights are set anew each time.
 * @throws Error when the management API refuses or does not answer
 */
export async function provisionBroker(plan: BrokerPlan): Promise<void> {
  await oncePossible(() => declareAll(plan.adminUrl));
  await oncePossible(() => Promise.all(BROKER_SERVICES.map((service) => makeUser(plan, service))));
}

/** A broker that has just started listens before its queues and its management API are back. */
async function oncePossible(work: () => Promise<unknown>): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; ; await pause(RETRY_MS)) {
    try {
      return void (await work());
    } catch (error) {
      if (Date.now() > until) throw error;
      logger().debug({ error: messageOf(error) }, 'the broker is not ready to be set up');
    }
  }
}

async function declareAll(adminUrl: string): Promise<void> {
  const model = await connect(adminUrl, brokerTls(adminUrl));
  model.on('error', (error) => logger().debug({ error }, 'the connection to the broker broke while it was set up'));
  try {
    await declareTopology(model);
  } finally {
    await model.close();
  }
}

async function makeUser(plan: BrokerPlan, service: BrokerService): Promise<void> {
  const user = brokerUserOf(service, plan.system);
  const vhost = encodeURIComponent(decodeURIComponent(new URL(plan.adminUrl).pathname.slice(1)) || '/');
  const { configure, write, read, topics } = brokerAccessOf(service);
  await put(plan, `users/${user}`, { password: plan.passwordOf(service), tags: '' });
  await put(plan, `permissions/${vhost}/${user}`, { configure, write, read });
  await put(plan, `topic-permissions/${vhost}/${user}`, { exchange: EVENTS_EXCHANGE, ...topics });
}

async function put({ adminUrl, managementUrl }: BrokerPlan, path: string, body: unknown): Promise<void> {
  const { username, password } = new URL(adminUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const response = await fetch(`${new URL(managementUrl).origin}/api/${path}`, {
    method: 'PUT',
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`The broker refused PUT /api/${path}: ${response.status} ${await response.text()}`);
}
