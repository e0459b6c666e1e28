import { Command, InvalidArgumentError } from 'commander';
import { createClient } from '#libs/client/client.js';
import { databaseName } from '#libs/persistence/provision.js';
import { readRun, UserError, type Run } from '../run-file/run-file.js';
import { bold, dim, duration, green, print } from '../terminal/style.js';
import { copyOrders } from './copy-orders.js';
import { placeTemplates } from './place-templates.js';
import { rebuildViews } from './rebuild-views.js';

interface SeedOptions {
  readonly orders: number;
  readonly customers?: number;
  readonly days: number;
  readonly postgres?: string;
  readonly json?: boolean;
}

export function seedCommand(): Command {
  return new Command('seed')
    .description(
      'a large, consistent history: orders that were really placed, copied into the past. Never where orders are real',
    )
    .requiredOption('--orders <n>', 'how many', wholeNumber)
    .option('--customers <n>', 'over how many customers (default: one for each hundred orders)', wholeNumber)
    .option('--days <n>', 'over how many days', wholeNumber, 365)
    .option('--postgres <url>', 'a superuser’s, where the run file has none')
    .option('--json', 'machine-readable output')
    .action(seed);
}

async function seed({ orders, customers, days, postgres, json = false }: SeedOptions): Promise<void> {
  const startedAt = Date.now();
  const run = readRun();
  const databaseOf = databasesOf(run, postgres);
  const say = (line: string): void => (json ? undefined : print(line));
  say(dim('  placing one order of each kind, and waiting for its end: half a minute'));
  const templates = await placeTemplates(createClient({ url: run.gateway.url, token: run.tokens.customer }));
  say(`  ${green('✓')} ${templates.length} orders to copy, ${templates.map(({ order }) => order.status).join(', ')}`);
  const spread = { hours: days * 24, customers: customers ?? Math.max(1, Math.ceil(orders / 100)) };
  await copyOrders(templates, orders, spread, databaseOf, (service, took) =>
    say(`  ${green('✓')} ${service} ${dim(duration(took))}`),
  );
  await rebuildViews(createClient({ url: run.gateway.url, token: run.tokens.operator }), (name, took) =>
    say(`  ${green('✓')} ${name}, as order-view shows it ${dim(duration(took))}`),
  );
  const took = Date.now() - startedAt;
  if (json) print(JSON.stringify({ orders, ...spread, tookMs: took }));
  else print(`\n  ${bold(`${orders} orders`)} of ${spread.customers} customers over ${days} days, ${duration(took)}`);
}

function databasesOf({ postgres }: Run, given: string | undefined): (service: string) => string {
  const url = given ?? postgres?.url;
  if (url === undefined)
    throw new UserError('The databases are out of reach from here: give a superuser’s URL by --postgres');
  return (service) => Object.assign(new URL(url), { pathname: `/${databaseName(service)}` }).toString();
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('give a whole number, 1 or more');
  return number;
}
