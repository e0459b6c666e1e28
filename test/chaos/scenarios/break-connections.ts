import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { databaseName } from '#libs/persistence/provision.js';
import { settle } from '../settle.js';
import type { Stage } from '../stage.js';

const OWNERS = [
  'orders',
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'billing',
  'operations',
  'order-view',
  'catalog',
  'customers',
  'payment-simulator',
  'carrier-simulator',
];
const ROUNDS = 30;
const APART_MS = 1_500;

/** Ends all connections of one service after the other, in the middle of their statements. */
export async function terminateConnections({ system, load, random, say }: Stage): Promise<void> {
  let ended = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const filling = load.fill(20);
    await pause(APART_MS);
    const rows = await system.databases.administer(
      'postgres',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name like 'waybill-%'`,
      [databaseName(OWNERS[round % OWNERS.length] ?? random.pick(OWNERS))],
    );
    ended += rows.length;
    await filling;
  }
  say(`${ended} connections were ended`);
}

/** Leaves a transaction open in another database meanwhile: it holds back vacuum, and must hold back nothing else. */
export async function leaveTransactionOpen(stage: Stage): Promise<void> {
  const { system, load, flights, size } = stage;
  const forgotten = new Client({ connectionString: system.run.postgres.url });
  await forgotten.connect();
  try {
    await forgotten.query('begin isolation level repeatable read');
    await forgotten.query('create temporary table forgotten (id int); select txid_current()');
    await load.placeMany(size.orders);
    const waiting = await settle(flights, true, 120_000);
    if (waiting.length > 0) stage.broken.push(`${waiting.length} orders wait for a transaction in another database`);
    stage.say(`${size.orders} orders have ended while the transaction was open`);
    await forgotten.query('rollback');
  } finally {
    await forgotten.end();
  }
}
