import { z } from 'zod';
import { UserError } from '../run-file/run-file.js';

const queues = z.array(z.object({ name: z.string(), messages: z.number().default(0) }));

export interface Broker {
  /** With user and password. */
  readonly amqp: string;
  /** Absent where the management plugin does not run. */
  readonly management?: string | undefined;
}

/** Messages per queue, as the broker counts them: whoever is asked less than five seconds after a change may hear the count before it. */
export async function readQueues({ amqp, management }: Broker): Promise<Map<string, number>> {
  if (management === undefined) return new Map();
  const { username, password, pathname } = new URL(amqp);
  const vhost = pathname.length > 1 ? pathname.slice(1) : '%2F';
  const { origin } = new URL(management);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(`${origin}/api/queues/${vhost}?disable_stats=true&enable_queue_totals=true`, {
    headers: { authorization: `Basic ${credentials}` },
  });
  if (!response.ok) throw new UserError(`The broker's management API answered ${response.status}`);
  return new Map(queues.parse(await response.json()).map(({ name, messages }) => [name, messages]));
}
