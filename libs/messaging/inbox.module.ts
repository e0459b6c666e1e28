import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { forgetReceived } from './inbox.js';

const EVERY_MS = 600_000;
const KEPT_DAYS = 30;

/** Keeps a service's inbox from growing for ever; import it after DatabaseModule. */
@Module({})
export class InboxModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(DATABASE) private readonly db: Kysely<never>) {}

  static forService(): DynamicModule {
    return { module: InboxModule };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.forget(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async forget(): Promise<void> {
    try {
      await forgetReceived(this.db, KEPT_DAYS);
    } catch (error) {
      logger().warn({ error }, 'the inbox could not be tidied; the next time will do');
    }
  }
}
