import { databaseName } from '#libs/persistence/provision.js';
import type { Armoury } from '../armoury.js';
import type { ProcessName } from '../processes.js';
import type { Stage } from '../stage.js';

const FAILPOINT = 'migrate.before-commit';

/**
 * Kills a service in the middle of its first migration, again and again, then lets it start. Its database is emptied for
 * that, so it must be one without data of orders: the mails of orders wait until it is back.
 */
export async function killMigrations(stage: Stage, armoury: Armoury, service: ProcessName): Promise<void> {
  const { system, load, flights, blows, size } = stage;
  const name = databaseName(service);
  await system.hold(service);
  await system.databases.administer(
    name,
    `drop schema public cascade; create schema public;
     grant usage, create on schema public to ${name};
     grant usage on schema public to waybill_auditor;
     alter default privileges for role ${name} in schema public grant select on tables to waybill_auditor`,
  );
  for (let time = 1; time <= size.perFailpoint; time += 1) {
    await load.placeMany(2);
    armoury.arm(service, FAILPOINT);
    await system.start(service).then(
      () => stage.broken.push(`${service} came up although it was killed while it migrated`),
      () => undefined, // it was killed while it started
    );
    blows.note({ name: service, manner: 'failpoint', inFlight: await flights.count() }, { failpoint: FAILPOINT });
    const left = await system.databases.administer<{ tables: string }>(
      name,
      `select count(*) as tables from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`,
    );
    if (Number(left[0]?.tables) > 0) stage.broken.push(`half a migration of ${service} is left`);
  }
  await system.start(service);
  stage.say(`${service} killed at ${FAILPOINT} ${size.perFailpoint} times`);
}
