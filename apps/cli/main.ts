import { Command, InvalidArgumentError } from 'commander';
import { isWaybillError, messageOf } from '#libs/kernel/errors.js';
import { ORDER_STATUSES, type OrderStatus } from '#libs/contracts/http/orders.js';
import { holdDown, showStatus, startAgain } from './control-system/control-system.js';
import { dlqCommand } from './handle-dead-letters/dlq-command.js';
import { caCommand } from './manage-certificates/ca-command.js';
import { setStock, showStock } from './manage-stock/manage-stock.js';
import { provisionSystem } from './provision-system/provision-system.js';
import { readRun, UserError } from './run-file/run-file.js';
import { rebuildProjection, showProjections } from './manage-projections/manage-projections.js';
import { showInvoices, type InvoiceOptions } from './show-invoices/show-invoices.js';
import { listOrders, showOrder, showOrderAt, watchOrder } from './show-orders/show-orders.js';
import { showBreakers } from './show-breakers/show-breakers.js';
import { print, red } from './terminal/style.js';
import { auditCommand } from './show-audit/show-audit.js';
import { seedCommand } from './seed/seed-command.js';
import { traceCommand } from './show-traces/trace-command.js';
import { verifyCommand } from './verify/verify-command.js';

const JSON_FLAG = ['--json', 'machine-readable output'] as const;
const program = new Command('waybill')
  .description('Looks at and operates the Waybill that runs in this checkout.')
  .showHelpAfterError();

program
  .command('status')
  .description('every process, and where to click')
  .option(...JSON_FLAG)
  .action(showStatus);
program
  .command('stop')
  .argument('<name>', 'a service or engine')
  .description('end it and hold it down')
  .option(...JSON_FLAG)
  .action(holdDown);
program
  .command('start')
  .argument('<name>', 'a service or engine')
  .description('start what was held down')
  .option(...JSON_FLAG)
  .action(startAgain);

const orders = program
  .command('orders')
  .argument('[id]', 'one order, with its timeline')
  .description('the newest orders, or one')
  .option('--status <status>', 'only orders with this status', orderStatus)
  .option('--limit <n>', 'how many', (text) => Number.parseInt(text, 10), 20)
  .option(...JSON_FLAG)
  .action((id: string | undefined, options: { status?: OrderStatus; limit: number; json?: boolean }) =>
    id === undefined ? listOrders(options) : showOrder(id, options),
  );

program
  .command('invoice')
  .argument('<order>', 'its id')
  .description('the invoices and credit notes of an order')
  .option('--out <file>', 'write the newest there, as a PDF')
  .option('--number <number>', 'another than the newest')
  .option(...JSON_FLAG)
  .action((id: string, options: InvoiceOptions) => showInvoices(id, options));

orders
  .command('show')
  .argument('<id>')
  .description('one order, as it is or as it was')
  .option('--at <time>', 'as it was then: 2026-11-20T12:22:02Z')
  .option(...JSON_FLAG)
  .action((id: string, _: unknown, command: Command) => showOrderAt(id, command.optsWithGlobals()));
orders
  .command('watch')
  .argument('<id>')
  .description('each change of an order as it happens, until it has ended')
  .option(...JSON_FLAG)
  .action((id: string, _: unknown, command: Command) => watchOrder(id, command.optsWithGlobals()));

const stock = program
  .command('stock')
  .argument('[sku...]')
  .description('stock per SKU and warehouse')
  .option(...JSON_FLAG)
  .action(showStock);
stock
  .command('set')
  .argument('<sku>')
  .argument('<warehouse>')
  .argument('<available>')
  .description('count what is available')
  .option('--reason <words>', 'why, for the audit')
  .option(...JSON_FLAG)
  .action((sku: string, warehouse: string, available: string, _: unknown, command: Command) =>
    setStock(sku, warehouse, available, command.optsWithGlobals()),
  );

program
  .command('token')
  .argument('[who]', 'customer, otherCustomer or operator', 'customer')
  .description('a token for the API, valid for a day from the start')
  .option(...JSON_FLAG)
  .action((who: string, { json }: { json?: boolean }) =>
    print(json ? JSON.stringify({ token: token(who) }) : token(who)),
  );

program
  .command('payloads')
  .description('a link: the browser that opens it may read payloads in Temporal’s page, for some hours')
  .option(...JSON_FLAG)
  .action(({ json }: { json?: boolean }) => print(json ? JSON.stringify({ link: payloadsLink() }) : payloadsLink()));
program
  .command('url')
  .description('where the API is')
  .action(() => print(apiUrl()));
const projections = program
  .command('projections')
  .description('the read models, and how they keep up')
  .option(...JSON_FLAG)
  .action(showProjections);
projections
  .command('rebuild')
  .argument('<name>', 'orders, timeline or sales')
  .description('build one anew, while the old one serves')
  .option(...JSON_FLAG)
  .action(rebuildProjection);
program.addCommand(traceCommand());
program
  .command('breakers')
  .description('what is given up at the moment, by whom')
  .option('--all', 'those that nobody called of late, too')
  .option(...JSON_FLAG)
  .action(showBreakers);
program.addCommand(verifyCommand());
program.addCommand(auditCommand());
program.addCommand(dlqCommand());
program.addCommand(seedCommand());
program.addCommand(caCommand());
program
  .command('provision')
  .description('databases, roles, keys and run files of a system in containers; its plan is in the environment')
  .action(provisionSystem);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${red('✗')} ${isWaybillError(error) ? `${error.code}: ${error.message}` : messageOf(error)}\n`);
  if (!(error instanceof UserError) && !isWaybillError(error) && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = 2;
}

function apiUrl(): string {
  const { gateway } = readRun();
  return gateway.published ?? gateway.url;
}

/** The operator's token stands behind the #: it reaches no server but by the page's own script, and no log. */
function payloadsLink(): string {
  const { temporal, tokens } = readRun();
  if (temporal.codec !== undefined) return `${temporal.codec}#${tokens.operator}`;
  throw new UserError('Payloads are read nowhere here: this Temporal has no page (WAYBILL_TEMPORAL_UI_ORIGIN).');
}

function token(who: string): string {
  const { tokens } = readRun();
  const known: Record<string, string> = tokens;
  const found = known[who];
  if (found === undefined)
    throw new UserError(`There is no token of ${who}. There are: ${Object.keys(known).join(', ')}`);
  return found;
}

function orderStatus(text: string): OrderStatus {
  const status = ORDER_STATUSES.find((known) => known === text.toUpperCase());
  if (status === undefined) throw new InvalidArgumentError(`Known are: ${ORDER_STATUSES.join(', ')}`);
  return status;
}
