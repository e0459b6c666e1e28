import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { messageOf } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { logger } from '#libs/telemetry/logger.js';

/** By name, in the order of the names: `0001_initial`. Forward only. */
export type Migrations = Readonly<Record<string, Pick<Migration, 'up'>>>;

/**
 * Brings a database to its newest schema. Several processes may start at once: one migrates, the others wait for it.
 * @throws what the failing migration threw; it was rolled back.
 */
export async function migrate<Schema>(db: Kysely<Schema>, migrations: Migrations): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => stoppable(migrations) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results) logger().info({ migration: migrationName, status }, 'migration');
  if (error !== undefined) throw error instanceof Error ? error : new Error(messageOf(error));
}

/** A crash in the middle leaves nothing behind: all of them are one transaction. */
function stoppable(migrations: Migrations): Record<string, Migration> {
  const wrapped = Object.entries(migrations).map(([name, { up }]): [string, Migration] => [
    name,
    {
      up: async (db) => {
        await up(db);
        await failpoint('migrate.before-commit');
      },
    },
  ]);
  return Object.fromEntries(wrapped);
}
