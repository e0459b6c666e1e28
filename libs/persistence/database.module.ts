import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { DATABASE, openDatabase, pingDatabase, type DatabaseOptions } from './database.js';
import { migrate, type Migrations } from './migrate.js';

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
  await migrate(db, migrations);
  registerReadiness('database', () => pingDatabase(db));
  return db;
}
