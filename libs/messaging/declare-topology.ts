import type { Channel, ChannelModel } from 'amqplib';
import { bindings, EXCHANGES, queueDeclarations, STREAM_DECLARATIONS } from '#libs/contracts/topology.js';
import { logger } from '#libs/telemetry/logger.js';

/** Something that the broker has with another argument than it should have. */
export interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly argument: string;
  /** As the broker says them: `10000`, `none`. */
  readonly found: string;
  readonly wanted: string;
}

const ACCESS_REFUSED = 403;
const PRECONDITION_FAILED = 406;
/** Before quorum queues had priorities. */
const OLDER_BROKER = '4.2';
const INEQUIVALENT =
  /inequivalent arg '(?<argument>[^']+)' for (?<kind>\w+) '(?<name>[^']+)'.*: received (?<wanted>.+) but current is (?<found>.+?)"?$/;
const VALUE = /^(?:the value )?'([^']*)'/;

/**
 * Declares everything: what is missing is made, what is there is compared and never changed.
 * A queue with priorities that an older broker made stays what it is when the broker is upgraded, and is no difference.
 * @throws what {@link isNotOurs} knows when the user of this connection may use the topology, but not make it
 * @returns what the broker has otherwise. Work goes on with it as it is: only a person can drain and delete it.
 */
export async function declareTopology(
  model: ChannelModel,
  version = model.connection.serverProperties.version,
): Promise<Difference[]> {
  const declaring = new Declaring(model);
  const found: (Difference | undefined)[] = [];
  for (const { name, type } of EXCHANGES)
    found.push(await declaring.attempt((channel) => channel.assertExchange(name, type, { durable: true })));
  for (const { name, arguments: wanted } of [...queueDeclarations(version), ...STREAM_DECLARATIONS]) {
    const difference = await declaring.queue(name, wanted);
    const older = difference && queueDeclarations(OLDER_BROKER).find((queue) => queue.name === name);
    if (older && (await declaring.queue(name, older.arguments)) === undefined) continue;
    found.push(difference);
  }
  for (const { exchange, queue, routingKey } of bindings())
    await declaring.attempt((channel) => channel.bindQueue(queue, exchange, routingKey));
  await declaring.close();
  return found.filter((difference) => difference !== undefined);
}

/** The user of this connection has rights to use its own queues alone: somebody else declares them. */
export function isNotOurs(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ACCESS_REFUSED;
}

/** What differs, and what to do about it. */
export function explain({ kind, name, argument, found, wanted }: Difference): string {
  const remedy =
    kind === 'queue'
      ? `stop its consumer and whoever publishes to it, move what is in it, delete it (\`rabbitmqctl delete_queue ${name}\`): it is made anew at once`
      : `delete it: it is made anew when a service connects`;
  return `${kind} ${name} has ${argument} ${found} and should have ${wanted}; until that is mended it is used as it is: ${remedy}`;
}

/** The broker answers a difference by closing the channel, so the next declaration needs another. */
class Declaring {
  private channel: Promise<Channel> | undefined;

  constructor(private readonly model: ChannelModel) {}

  queue(name: string, wanted: Readonly<Record<string, string | number>>): Promise<Difference | undefined> {
    return this.attempt((channel) => channel.assertQueue(name, { durable: true, arguments: wanted }));
  }

  async attempt(declare: (channel: Channel) => Promise<unknown>): Promise<Difference | undefined> {
    try {
      await declare(await (this.channel ??= this.open()));
      return undefined;
    } catch (error) {
      this.channel = undefined;
      return differenceIn(error);
    }
  }

  async close(): Promise<void> {
    await (await this.channel)?.close();
  }

  private async open(): Promise<Channel> {
    const channel = await this.model.createChannel();
    // What was asked for on it fails, too, and says the same.
    channel.on('error', (error) => logger().debug({ error }, 'the broker refused a declaration'));
    return channel;
  }
}

/** @throws what is no difference. */
function differenceIn(error: unknown): Difference {
  if (!(error instanceof Error && 'code' in error && error.code === PRECONDITION_FAILED)) throw error;
  const { kind, name, argument, found, wanted } = INEQUIVALENT.exec(error.message)?.groups ?? {};
  if (!kind || !name || !argument || !found || !wanted) throw error;
  return { kind, name, argument, found: valueIn(found), wanted: valueIn(wanted) };
}

function valueIn(words: string): string {
  const [, value = words] = VALUE.exec(words) ?? [];
  return value === '' ? 'nothing' : value;
}
