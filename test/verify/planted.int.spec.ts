import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { verifyCommand } from '../../apps/cli/verify/verify-command.js';
import { disposableSet, type DisposableSet, type Service } from './disposable-set.js';
import { growOrders, orderId } from './grow-orders.js';
import { PLANTED, type Planted } from './planted.js';

const ORDERS = 40;
const WITHOUT_CHECKS = `
  do $$ declare each record; begin
    for each in select conrelid::regclass as place, conname as name from pg_constraint
      where contype = 'c' and connamespace = 'public'::regnamespace loop
      execute format('alter table %s drop constraint %I', each.place, each.name);
    end loop;
  end $$`;

let set: DisposableSet;
let accepted: string;
const mend: (() => Promise<void>)[] = [];

beforeAll(async () => {
  set = await disposableSet();
  await growOrders(set, ORDERS);
  // Most of what is planted the tables' own checks would refuse.
  for (const service of [
    'orders',
    'inventory',
    'payments',
    'payment-simulator',
    'shipping',
    'carrier-simulator',
    'catalog',
    'billing',
  ] as const)
    await set.execute(service, WITHOUT_CHECKS);
  accepted = `${set.runFile}.accepted`;
  writeFileSync(accepted, Array.from({ length: ORDERS }, (_, n) => `{"id":"${orderId(n)}"}\n`).join(''));
  process.env['WAYBILL_RUN_FILE'] = set.runFile;
  process.env['NO_COLOR'] = '1';
}, 120_000);
afterEach(async () => {
  for (const each of mend.splice(0)) await each();
});
afterAll(() => set.drop());

interface Printed {
  readonly exitCode: number;
  /** Each broken row as it is printed, after the letter of its invariant. */
  readonly broken: readonly string[];
  readonly text: string;
}

/** `waybill verify`, but for the process around it. */
async function verify(...args: readonly string[]): Promise<Printed> {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => Boolean((text += String(chunk))));
  process.exitCode = 0;
  try {
    await verifyCommand().parseAsync([...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  const exitCode = Number(process.exitCode);
  process.exitCode = 0;
  let invariant = '';
  const broken = text.split('\n').flatMap((line) => {
    invariant = /^ {2}[✓✗] ([AMSCR]) /.exec(line)?.[1] ?? invariant;
    return line.startsWith('       ') ? [`${invariant} ${line.trim()}`] : [];
  });
  return { exitCode, broken, text };
}

async function plant({ tables, sql }: Planted): Promise<void> {
  for (const [service, table] of tables) {
    await set.execute(service, `create table saved_${table} as table ${table}`);
    mend.push(() => putBack(service, table));
  }
  for (const [service, statement] of sql) await set.execute(service, statement);
}

function putBack(service: Service, table: string): Promise<void> {
  const rows = `insert into ${table} overriding system value table saved_${table}`;
  return set.execute(service, `delete from ${table}`, rows, `drop table saved_${table}`);
}

/** How what is broken is named where it is printed. */
function subjectOf(named: string): string {
  if (/^[0-9a-f-]{36}$/.test(named)) return `order ${named} `;
  return named.includes(' ') ? `${named}: ` : `${named}@LEIPZIG: `;
}

const atRest = () => verify('--at-rest', '--accepted', accepted);

describe('verify', () => {
  it('finds nothing in orders of every end, and exits 0', async () => {
    expect(await atRest()).toMatchObject({
      exitCode: 0,
      broken: [],
      text: expect.stringContaining('40 orders, 40 given'),
    });
  });

  for (const [invariant, all] of Object.entries(PLANTED)) {
    describe(invariant, () => {
      it.each(all.map((planted) => [planted.what, planted] as const))('names %s, and exits 1', async (_, planted) => {
        await plant(planted);
        const { exitCode, broken } = await atRest();
        const subject = subjectOf(planted.named);
        expect(exitCode).toBe(1);
        expect(broken).toContainEqual(expect.stringContaining(`${invariant} ${subject}`));
        // Nothing but what was planted, and the goods of that order.
        const others = broken.filter((line) => !line.includes(planted.named) && !/^S [A-Z0-9-]+@/.test(line));
        expect(others).toEqual([]);
      });
    });
  }

  it('finds nothing once all of it is put back', async () => {
    expect(await atRest()).toMatchObject({ exitCode: 0, broken: [] });
  });

  it('names several broken things at once, and the same in JSON', async () => {
    await plant(PLANTED.M[0] as Planted);
    await plant(PLANTED.S[0] as Planted);
    const { text, exitCode } = await verify('--at-rest', '--json');
    const { orders, violations } = JSON.parse(text) as { orders: number; violations: { invariant: string }[] };
    expect(exitCode).toBe(1);
    expect({ orders, found: new Set(violations.map((each) => each.invariant)) }).toEqual({
      orders: ORDERS,
      found: new Set(['M', 'S', 'R']),
    });
  });

  it('while the system runs, takes a second look at what looks broken, and names what still does', async () => {
    await plant(PLANTED.C[0] as Planted);
    const { broken, exitCode } = await verify();
    expect({ exitCode, named: broken.filter((line) => line.startsWith('C ')) }).toEqual({
      exitCode: 1,
      named: [expect.stringContaining(`order ${PLANTED.C[0]?.named}`)],
    });
  });

  it('looks through the eyes of a role that cannot write', async () => {
    const client = new Client({ connectionString: set.auditorUrl('orders') });
    await client.connect();
    try {
      await expect(client.query('delete from orders')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });
});
