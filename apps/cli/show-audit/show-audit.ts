import { Command } from 'commander';
import { createClient } from '#libs/client/client.js';
import type { OperatorAction } from '#libs/contracts/http/audit.js';
import { readRun } from '../run-file/run-file.js';
import { dim, green, print, red, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';

interface AuditOptions {
  readonly operator?: string;
  readonly action?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** `waybill audit`: what operators did, newest first. */
export function auditCommand(): Command {
  return new Command('audit')
    .description('what operators did, newest first')
    .option('--operator <name>', 'only what this one did')
    .option('--action <operation>', 'only this, such as discardDeadLetter')
    .option('--limit <n>', 'how many, 100 at most', '20')
    .option('--json', 'machine-readable output')
    .action(show);
}

async function show({ operator, action, limit, json = false }: AuditOptions): Promise<void> {
  const { gateway, tokens } = readRun();
  const api = createClient({ url: gateway.url, token: tokens.operator });
  const filter = { ...(operator && { operator }), ...(action && { action }), limit: Number(limit) };
  const { items } = await api.listActions(filter);
  if (json) return print(JSON.stringify(items, null, 2));
  const rows = items.map((item) => [
    dim(item.at.slice(0, 19).replace('T', ' ')),
    item.operator,
    item.action,
    item.target,
    item.reason ?? '–',
    inColour(item),
  ]);
  print(
    rows.length === 0
      ? `  ${green('✓')} Nobody did anything.`
      : table(['at', 'who', 'what', 'on what', 'reason', 'outcome'], rows),
  );
}

function inColour({ outcome }: OperatorAction): string {
  if (outcome === null) return yellow('not known');
  return outcome === 'done' ? green(outcome) : red(outcome);
}
