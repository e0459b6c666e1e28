import { randomUUID } from 'node:crypto';
import { engineUrl } from './engine-urls.js';

export interface TestBroker {
  /** AMQP URL of a virtual host of its own. */
  readonly url: string;
  /** Calls the management API; `path` begins after /api. `%VHOST%` stands for this virtual host. */
  readonly manage: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly drop: () => Promise<void>;
}

/** A virtual host of its own on the tests' RabbitMQ. */
export async function testBroker(): Promise<TestBroker> {
  const vhost = `test-${randomUUID()}`;
  const manage = managementOf(vhost);
  const amqp = new URL(engineUrl('rabbitmq'));
  await manage('PUT', `/vhosts/${vhost}`);
  await manage('PUT', `/permissions/${vhost}/${amqp.username}`, { configure: '.*', write: '.*', read: '.*' });
  return {
    url: Object.assign(amqp, { pathname: `/${vhost}` }).toString(),
    manage,
    drop: async () => void (await manage('DELETE', `/vhosts/${vhost}`)),
  };
}

function managementOf(vhost: string): TestBroker['manage'] {
  const { username, password } = new URL(engineUrl('rabbitmq'));
  const { origin } = new URL(engineUrl('rabbitmqManagement'));
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  return async (method, path, body) => {
    const response = await fetch(`${origin}/api${path.replace('%VHOST%', vhost)}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
}
