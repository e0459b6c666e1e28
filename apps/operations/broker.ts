import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { WaybillError } from '#libs/kernel/errors.js';
import { BrokerConnection } from '#libs/messaging/connection.js';
import { Publisher } from '#libs/messaging/publisher.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { CONFIG, type OperationsConfig } from './operations.config.js';

/** Shorter than an operator's call: it is told, and may try again. */
const CONFIRM_TIMEOUT_MS = 3_000;
/** Of all services this one may declare the topology: what somebody deletes comes back within this time. */
const DECLARE_EVERY_MS = 10_000;

interface Opened {
  readonly consuming: BrokerConnection;
  readonly publishing: BrokerConnection;
  readonly publisher: Publisher;
}

/** The service's two connections: one to take over dead letters, one to put them back. Both may be down. */
@Injectable()
export class Broker implements OnApplicationShutdown {
  private opened: Promise<Opened> | undefined;
  private keeping: NodeJS.Timeout | undefined;

  constructor(@Inject(CONFIG) private readonly config: OperationsConfig) {}

  /** Does not wait for the broker. */
  open(): Promise<Opened> {
    return (this.opened ??= this.connect());
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.keeping);
    const { consuming, publishing } = (await this.opened) ?? {};
    await Promise.all([consuming?.close(), publishing?.close()]);
  }

  private async connect(): Promise<Opened> {
    const url = this.config.WAYBILL_AMQP_URL;
    const consuming = await BrokerConnection.open({ url, name: 'operations-consumer' });
    const publishing = await BrokerConnection.open({ url, name: 'operations-publisher' });
    this.keeping = setInterval(() => void publishing.redeclare(), DECLARE_EVERY_MS);
    registerReadiness('broker', () => requireConnected(consuming), { optional: true });
    return { consuming, publishing, publisher: new Publisher(publishing, CONFIRM_TIMEOUT_MS) };
  }
}

async function requireConnected(connection: BrokerConnection): Promise<void> {
  if (!connection.connected)
    throw new WaybillError('UNAVAILABLE', 'The broker cannot be reached; dead letters wait in their queues');
}
