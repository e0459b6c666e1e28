import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { databaseName, databaseUrl, provision } from './provision.js';

const run = randomBytes(5).toString('hex');
const PASSWORD = 'password-of-a-test';
const AUDITOR = `test_auditor_${run}`;
const SERVICES = ['orders', 'payments', 'inventory'].map((service) => `t${run}-${service}`);
const ALL_PAIRS = SERVICES.flatMap((thief) =>
  SERVICES.filter((owner) => owner !== thief).map((owner) => [thief, owner] as const),
);

beforeAll(async () => {
  const databases = SERVICES.map((service) => ({ service, password: PASSWORD }));
  await provision({ adminUrl: engineUrl('postgres'), databases, auditorPassword: PASSWORD, auditor: AUDITOR });
  for (const service of SERVICES)
    await query(service, service, 'create table secrets (it text); insert into secrets values ($$x$$)');
});

afterAll(async () => {
  const admin = new Client({ connectionString: engineUrl('postgres') });
  await admin.connect();
  for (const name of SERVICES.map(databaseName)) {
    await admin.query(`drop database ${name} with (force)`);
    await admin.query(`drop role ${name}`);
  }
  await admin.query(`drop role ${AUDITOR}`);
  await admin.end();
});

/** With one service's credentials, in another's database. */
async function query(who: string, where: string, statement: string): Promise<unknown[]> {
  const role = who === AUDITOR ? AUDITOR : databaseName(who);
  const client = new Client({
    connectionString: databaseUrl(engineUrl('postgres'), role, PASSWORD, databaseName(where)),
  });
  await client.connect();
  try {
    return (await client.query<object>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the credentials of a service at the database server', () => {
  it.each(SERVICES)('given %s, then it may do all in its own database', async (service) => {
    await expect(query(service, service, 'select it from secrets')).resolves.toEqual([{ it: 'x' }]);
  });

  it.each(ALL_PAIRS)('given those of %s, then the database of %s lets nobody in', async (thief, owner) => {
    await expect(query(thief, owner, 'select 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('given a service, then it is no superuser, makes no roles and no databases', async () => {
    const [service = ''] = SERVICES;
    await expect(query(service, service, `create role test_${run}_more`)).rejects.toMatchObject({ code: '42501' });
    await expect(query(service, service, `create database test_${run}_more`)).rejects.toMatchObject({ code: '42501' });
  });

  it.each(SERVICES)('given the auditor, then it reads what %s wrote, and writes nothing', async (service) => {
    await expect(query(AUDITOR, service, 'select it from secrets')).resolves.toEqual([{ it: 'x' }]);
    await expect(query(AUDITOR, service, 'delete from secrets')).rejects.toMatchObject({ code: '42501' });
    await expect(query(AUDITOR, service, 'create table more (it text)')).rejects.toMatchObject({ code: '42501' });
  });
});
