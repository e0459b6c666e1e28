import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { messageOf } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { DATABASE, isTransient, openDatabase, pingDatabase, type DatabaseOptions } from './database.js';
import { migrate, type Migrations } from './migrate.js';

/** A service may come up before its database, as when a whole machine starts. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 500;

/** A service's database: migrated before anything is served, checked by readiness, closed last. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly db: Kysely<never>) {}

  static forService(options: DatabaseOptions & { readonly migrations: Migrations }): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: DATABASE, useFactory: () => openMigrated(options) }],
      exports: [DATABASE],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.db.destroy();
  }
}

async function openMigrated({
  migrations,
  ...options
}: DatabaseOptions & { readonly migrations: Migrations }): Promise<Kysely<never>> {
  const db = openDatabase<never>(options);
  await migrateOnceReachable(db, migrations);
  registerReadiness('database', () => pingDatabase(db));
  return db;
}

/** @throws what is no matter of time, and after a minute what is */
async function migrateOnceReachable(db: Kysely<never>, migrations: Migrations): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await migrate(db, migrations);
    } catch (error) {
      if (!isTransient(error) || Date.now() > until) throw error;
      logger().warn({ error: messageOf(error) }, 'the database cannot be reached yet; trying again');
      await pause(RETRY_MS);
    }
  }
}
