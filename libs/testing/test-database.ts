import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { openDatabase } from '#libs/persistence/database.js';
import { migrate, type Migrations } from '#libs/persistence/migrate.js';
import { engineUrl } from './engine-urls.js';

export interface TestDatabase<Schema> {
  readonly url: string;
  readonly db: Kysely<Schema>;
  /** Closes the pool and removes the database. */
  readonly drop: () => Promise<void>;
}

/** A database of its own on the tests' Postgres, brought to its newest schema. */
export async function testDatabase<Schema>(migrations: Migrations, { pool = 8 } = {}): Promise<TestDatabase<Schema>> {
  const admin = engineUrl('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runAsAdmin(admin, `create database ${name}`);
  const url = Object.assign(new URL(admin), { pathname: `/${name}` }).toString();
  const db = openDatabase<Schema>({ url, pool, name: 'test', connectTimeoutMs: 20_000 });
  await migrate(db, migrations);
  const drop = async (): Promise<void> => {
    await db.destroy();
    await runAsAdmin(admin, `drop database if exists ${name} with (force)`);
  };
  return { url, db, drop };
}

async function runAsAdmin(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
