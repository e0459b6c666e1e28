import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { databaseName } from '#libs/persistence/provision.js';
import { customer, orderOf, rows, run, untilStatus } from './running-system.js';

interface Report {
  readonly violations: readonly { readonly invariant: string; readonly orderId?: string; readonly message: string }[];
}

const MINUTE = 60_000;
const undo: (() => Promise<void>)[] = [];

/** `waybill verify`, as a person runs it. */
function verify(...args: string[]): { readonly status: number | null; readonly found: readonly string[] } {
  const { status, stdout } = spawnSync(process.execPath, ['dist/apps/cli/main.js', 'verify', '--json', ...args], {
    encoding: 'utf8',
  });
  const { violations } = JSON.parse(stdout) as Report;
  return { status, found: violations.map(({ invariant, orderId = '-' }) => `${invariant} ${orderId}`) };
}

/** Breaks something by SQL, and mends it after the test. */
async function plant(service: string, broken: string, mended: string): Promise<void> {
  const execute = async (statement: string): Promise<void> => {
    const client = new Client({
      connectionString: Object.assign(new URL(run.postgres.url), { pathname: `/${databaseName(service)}` }).toString(),
    });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  undo.push(() => execute(mended));
  await execute(broken);
}

/** An order that nothing happens to any more: one that a journey has left, else one of its own. */
async function delivered(): Promise<string> {
  const [left] = await rows<{ id: string }>('orders', `select id from orders where status = 'DELIVERED' limit 1`);
  if (left !== undefined) return left.id;
  const { id } = await customer.placeOrder(orderOf());
  await untilStatus(id, ['DELIVERED'], 2 * MINUTE);
  return id;
}

describe('verify', () => {
  let id: string;

  beforeAll(async () => void (id = await delivered()), 3 * MINUTE);
  afterEach(async () => {
    for (const mend of undo.splice(0)) await mend();
  });

  it('finds nothing broken', () => {
    expect(verify()).toEqual({ status: 0, found: [] });
  });

  it('names an order that was charged twice at the provider', async () => {
    await plant(
      'payment-simulator',
      `insert into ledger (kind, reference, payment_intent, order_id, amount, currency) values ('charge', 'ch_planted', 'pi_planted', '${id}', 1, 'eur')`,
      `delete from ledger where reference = 'ch_planted'`,
    );
    expect(verify('--at-rest')).toEqual({ status: 1, found: expect.arrayContaining([`M ${id}`]) });
  });

  it('names an order whose stock is not where it should be', async () => {
    await plant(
      'inventory',
      `update reservations set state = 'reserved' where order_id = '${id}'`,
      `update reservations set state = 'shipped' where order_id = '${id}'`,
    );
    expect(verify('--at-rest')).toEqual({ status: 1, found: expect.arrayContaining([`S ${id}`]) });
  });

  it('names an accepted order that does not exist', () => {
    const vanished = randomUUID();
    const file = join(mkdtempSync(join(tmpdir(), 'waybill-')), 'accepted.ndjson');
    writeFileSync(file, [id, vanished].map((accepted) => `${JSON.stringify({ id: accepted })}\n`).join(''));
    expect(verify('--accepted', file)).toEqual({ status: 1, found: [`A ${vanished}`] });
  });
});
