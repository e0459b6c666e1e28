import { connect, type Channel, type ChannelModel, type ConfirmChannel, type RecoveringChannelModel } from 'amqplib';
import { mayDeclare } from '#libs/contracts/broker-access.js';
import { messageOf, WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { brokerTls } from './broker-tls.js';
import { declareTopology, explain, isNotOurs, type Difference } from './declare-topology.js';

export interface ConnectionOptions {
  readonly url: string;
  /** Shown by the broker: the service and what it uses the connection for. */
  readonly name: string;
}

const HEARTBEAT_SECONDS = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * A connection that comes back by itself, and declares the topology each time before it is used, where its user may. Where it
 * may not it does not ask: each refusal would be a line in the broker's log that somebody has to look into.
 */
export class BrokerConnection {
  private state: 'up' | 'blocked' | 'down' = 'down';
  private readonly listeners: (() => void)[] = [];
  private current: ChannelModel | undefined;
  /** Said once per outage. */
  private failing = false;

  private constructor(
    private readonly model: RecoveringChannelModel,
    private readonly declares: boolean,
    name: string,
  ) {
    const log = logger().child({ connection: name });
    model.on('connect', (current) => {
      this.current = current;
      this.failing = false;
      this.enter('up');
    });
    model.on('unblocked', () => this.enter('up'));
    model.on('blocked', (reason) => {
      log.warn({ reason }, 'the broker takes no messages for now');
      this.enter('blocked');
    });
    model.on('disconnect', (error) => {
      log.warn({ error }, 'the connection to the broker was lost');
      this.enter('down');
    });
    model.on('connect-failed', (error) => {
      log[this.failing ? 'debug' : 'warn'](
        { error: messageOf(error) },
        'the broker cannot be reached; trying again until it can',
      );
      this.failing = true;
    });
    // A 'close', hence a 'disconnect', follows each error; unheard, it would end the process.
    model.on('error', (error) => log.debug({ error }, 'connection error'));
  }

  /** Returns at once: the broker may be down, now or later. */
  static async open({ url, name }: ConnectionOptions): Promise<BrokerConnection> {
    const target = new URL(url);
    target.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
    const declares = mayDeclare(decodeURIComponent(target.username));
    const model = await connect(target.toString(), {
      ...brokerTls(url),
      noDelay: true,
      keepAlive: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: `waybill-${name}` },
      recovery: {
        initialDelay: 100,
        maxDelay: 2_000,
        waitForConnect: false,
        setup: declares ? declareFirst : heedErrors,
      },
    });
    if (declares) registerReadiness('topology', checkTopology, { optional: true });
    return new BrokerConnection(model, declares, name);
  }

  /** True when what is published now has a chance. */
  get usable(): boolean {
    return this.state === 'up';
  }

  get connected(): boolean {
    return this.state !== 'down';
  }

  /** Calls `listener` each time that the connection has become usable. */
  onUsable(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Waits for the connection. */
  async channel(): Promise<Channel> {
    return quiet(await this.model.createChannel());
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    return quiet(await this.model.createConfirmChannel());
  }

  /** Puts back what somebody has deleted while we were connected; whose user may not, waits for who keeps the topology. */
  async redeclare(): Promise<void> {
    if (!this.declares || !this.connected || !this.current) return;
    await declareOn(this.current).catch((error: unknown) =>
      logger().warn({ error }, 'the topology could not be declared'),
    );
  }

  async close(): Promise<void> {
    this.enter('down');
    await this.model.close();
  }

  private enter(state: 'up' | 'blocked' | 'down'): void {
    this.state = state;
    if (state === 'up') for (const listener of this.listeners) listener();
  }
}

/** A channel's error is followed by its 'close', which is what its user listens to; unheard, it would end the process. */
function quiet<Made extends Channel>(channel: Made): Made {
  channel.on('error', (error) => logger().warn({ error }, 'the broker closed a channel'));
  return channel;
}

/** A connection that breaks before it is used is tried anew; unheard, its error would end the process. */
async function heedErrors(model: ChannelModel): Promise<void> {
  model.on('error', (error) => logger().warn({ error }, 'the connection to the broker broke while it was made ready'));
}

async function declareFirst(model: ChannelModel): Promise<void> {
  await heedErrors(model);
  await declareOn(model);
}

/** What the broker has otherwise than it should, as it was when last looked at: of the process, as the broker is. */
let differences: readonly string[] = [];

/** Whose user may not after all, because its administrator has named it otherwise, takes the topology as it is. */
async function declareOn(model: ChannelModel): Promise<void> {
  const found = (await declareTopology(model).catch(noneIfNotOurs)).map(explain);
  for (const difference of found)
    if (!differences.includes(difference)) logger().error({ difference }, 'the topology differs');
  differences = found;
}

function noneIfNotOurs(error: unknown): Difference[] {
  if (isNotOurs(error)) return [];
  throw error;
}

async function checkTopology(): Promise<void> {
  if (differences.length > 0) throw new WaybillError('UNAVAILABLE', differences.join('; '));
}
