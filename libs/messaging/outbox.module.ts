import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Kysely } from 'kysely';
import { amqpConfig, databaseConfig } from '#libs/kernel/config.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { OutboxRelay, type RelayOptions } from './relay/relay.js';

export interface OutboxModuleOptions {
  /** The service whose outbox it is. */
  readonly producer: string;
  /** WAYBILL_AMQP_URL unless given. */
  readonly amqpUrl?: string;
  /** WAYBILL_DATABASE_URL unless given: for the lease's own connection. */
  readonly databaseUrl?: string;
}

/**
 * Sends the service's outbox while the service runs; import it after DatabaseModule.
 * The service starts, serves and is ready whether or not the broker is there.
 */
@Module({})
export class OutboxModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(OutboxRelay) private readonly relay: OutboxRelay) {}

  static forService(options: OutboxModuleOptions): DynamicModule {
    const relay = {
      provide: OutboxRelay,
      inject: [DATABASE],
      useFactory: (db: Kysely<never>) => new OutboxRelay(db, relayOptions(options)),
    };
    return { module: OutboxModule, global: true, providers: [relay], exports: [OutboxRelay] };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.relay.start();
    registerReadiness('broker', () => this.relay.checkBroker(), { optional: true });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
  }
}

function relayOptions({ producer, amqpUrl, databaseUrl }: OutboxModuleOptions): RelayOptions {
  return {
    producer,
    amqpUrl: amqpUrl ?? parse(amqpConfig, process.env).WAYBILL_AMQP_URL,
    databaseUrl: databaseUrl ?? parse(databaseConfig, process.env).WAYBILL_DATABASE_URL,
  };
}
