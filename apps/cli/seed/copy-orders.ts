import { COPIED_SERVICES, COPIED_TABLES, type CopiedService, type CopiedTable } from './copied-tables.js';
import { customerOf, templateOf, type Spread, type Template } from './copy-statement.js';
import { INVOICES, CREDIT_NOTES } from './issue-documents.js';
import type { PlacedTemplate } from './place-templates.js';
import { SeededDatabase } from './seeded-database.js';

/** A template, the numbers that its copies have, and its rows by service and table. */
interface Source {
  readonly template: Template;
  readonly numbers: { readonly from: number; readonly to: number };
  readonly rows: ReadonlyMap<CopiedService, ReadonlyMap<string, readonly string[]>>;
}

/** Copies the templates by their shares until there are so many more orders. `done` is called for each service that is finished. */
export async function copyOrders(
  templates: readonly PlacedTemplate[],
  orders: number,
  spread: Spread,
  databaseOf: (service: string) => string,
  done: (service: string, tookMs: number) => void,
): Promise<void> {
  const databases = new Map<CopiedService, SeededDatabase>();
  for (const service of COPIED_SERVICES) databases.set(service, await SeededDatabase.open(databaseOf(service)));
  const customers = await SeededDatabase.open(databaseOf('customers'));
  try {
    const startedAt = Date.now();
    const ranges = sharesOf(templates, orders);
    const sources: Source[] = [];
    for (const [place, placed] of templates.entries())
      sources.push(await readSource(placed, ranges[place] ?? NONE, databases));
    await makeCustomers(customers, spread);
    await Promise.all(
      [...databases].map(async ([service, database]) => {
        for (const source of sources) await copySource(service, database, source, spread);
        if (service === 'inventory') await growStock(database, sources);
        if (service === 'billing') for (const statement of [INVOICES, CREDIT_NOTES]) await database.execute(statement);
        await database.execute('analyze');
        done(service, Date.now() - startedAt);
      }),
    );
  } finally {
    await Promise.all([customers, ...databases.values()].map((database) => database.close()));
  }
}

const NONE = { from: 1, to: 1 };

/** Consecutive numbers for each template, from 1. */
export function sharesOf(templates: readonly Pick<PlacedTemplate, 'share'>[], orders: number) {
  const total = templates.reduce((sum, { share }) => sum + share, 0);
  let shares = 0;
  return templates.map(({ share }) => {
    const from = 1 + Math.round((orders * shares) / total);
    shares += share;
    return { from, to: 1 + Math.round((orders * shares) / total) };
  });
}

async function readSource(
  { order }: PlacedTemplate,
  numbers: Source['numbers'],
  databases: ReadonlyMap<CopiedService, SeededDatabase>,
): Promise<Source> {
  const rows = new Map<CopiedService, Map<string, readonly string[]>>();
  for (const [service, database] of databases) {
    const tables: readonly CopiedTable[] = COPIED_TABLES[service];
    const found = new Map<string, readonly string[]>();
    for (const table of tables) found.set(table.table, await database.rowsOf(table, order.id));
    rows.set(service, found);
  }
  const all = [...rows.values()].flatMap((tables) => [...tables.values()].flat());
  return { template: templateOf(order.id, order.customerId, all), numbers, rows };
}

async function copySource(
  service: CopiedService,
  database: SeededDatabase,
  { template, numbers, rows }: Source,
  spread: Spread,
): Promise<void> {
  for (const { table } of COPIED_TABLES[service])
    await database.copy(table, rows.get(service)?.get(table) ?? [], template, spread, numbers);
}

async function makeCustomers(database: SeededDatabase, { customers }: Spread): Promise<void> {
  const id = customerOf(customers);
  await database.execute(
    `insert into customers (id, name, email)
     select ${id}, 'Customer ' || n, ${id} || '@example.com' from generate_series(0, $1::integer - 1) n
     on conflict do nothing`,
    [customers],
  );
}

interface ReservedLine {
  readonly sku: string;
  readonly warehouse: string;
  readonly quantity: number;
}

/** What the copies have shipped had been received before. */
async function growStock(database: SeededDatabase, sources: readonly Source[]): Promise<void> {
  for (const { rows, numbers } of sources) {
    const inventory = rows.get('inventory');
    const [reservation] = (inventory?.get('reservations') ?? []).map((row) => JSON.parse(row) as { state: string });
    if (reservation?.state !== 'shipped') continue;
    for (const line of inventory?.get('reservation_lines') ?? []) {
      const { sku, warehouse, quantity } = JSON.parse(line) as ReservedLine;
      await database.execute(
        'update stock set shipped = shipped + $3::integer, received = received + $3::integer where sku = $1 and warehouse = $2',
        [sku, warehouse, quantity * (numbers.to - numbers.from)],
      );
    }
  }
}
