import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { audit, type Audited, type Findings, type Sources } from '#libs/audit/audit.js';
import { lookTwice } from '#libs/audit/look-twice.js';
import { messageOf } from '#libs/kernel/errors.js';
import { databaseName } from '#libs/persistence/provision.js';
import { readRun, UserError, type Run } from '../run-file/run-file.js';
import { bold, dim, duration, green, print, red, yellow } from '../terminal/style.js';
import { readQueues } from './read-queues.js';

/** Longer than a change takes from one service's database to the next one's. */
const SECOND_LOOK_MS = 3_000;

const MEANING = {
  A: 'accepted orders exist and are settled',
  M: 'money: one charge per order, what is kept is what is due',
  S: 'stock: every unit is in one place',
  C: 'rejected and cancelled orders hold nothing',
  R: 'what is read equals what was logged; queues are empty',
} as const;

interface VerifyOptions {
  readonly accepted?: string;
  readonly atRest?: boolean;
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('the invariants, from the databases and the provider’s ledger; exits 1 when one is broken')
    .option('--accepted <file>', 'ids that clients got a 2xx for, one JSON string or {"id": …} per line')
    .option('--at-rest', 'nothing runs any more: what is not settled is broken')
    .option('--json', 'machine-readable output')
    .action(runVerify);
}

async function runVerify({ accepted, atRest = false, json = false }: VerifyOptions): Promise<void> {
  const startedAt = Date.now();
  const sources = sourcesOf(readRun());
  const ids = accepted === undefined ? [] : await readAccepted(accepted);
  const look = (): Promise<Findings> => audit(sources, { atRest }, ids);
  const findings = await (atRest ? look() : lookTwice(look, () => pause(SECOND_LOOK_MS)));
  if (json) print(JSON.stringify({ ...findings, accepted: ids.length }, null, 2));
  else report(findings, ids.length, Date.now() - startedAt);
  if (findings.violations.length > 0) process.exitCode = 1;
}

function sourcesOf({ postgres, rabbitmq, services }: Run): Sources {
  if (postgres === undefined || rabbitmq === undefined)
    throw new UserError(
      'The databases are out of reach from here; in containers: `docker compose run --rm tools verify`',
    );
  const { auditor } = postgres;
  const databaseOf = (service: Audited): string => {
    const own = services[service]?.database;
    const pathname = own === undefined ? `/${databaseName(service)}` : new URL(own).pathname;
    return Object.assign(new URL(auditor), { pathname }).toString();
  };
  return { databaseOf, queues: () => readQueues(rabbitmq) };
}

function report({ orders, needsAttention, violations, deadLetters }: Findings, accepted: number, took: number): void {
  for (const [invariant, meaning] of Object.entries(MEANING)) {
    const broken = violations.filter((violation) => violation.invariant === invariant);
    const [mark, count] = broken.length === 0 ? [green('✓'), ''] : [red('✗'), red(`: ${broken.length} broken`)];
    print(`  ${mark} ${bold(invariant)}  ${meaning}${count}`);
    for (const { orderId, message } of broken) print(`       ${orderId ? `order ${orderId} ` : ''}${message}`);
  }
  for (const id of needsAttention)
    print(`  ${yellow('!')} order ${id} needs attention: \`npx waybill orders ${id}\` says why`);
  for (const { id, queue, reason, orderId } of deadLetters)
    print(
      `  ${yellow('!')} dead letter ${id}${orderId ? ` of order ${orderId}` : ''} for ${queue}, ${reason}: \`npx waybill dlq show ${id}\``,
    );
  print(dim(`\n  ${orders} orders${accepted > 0 ? `, ${accepted} given as accepted` : ''}, ${duration(took)}`));
}

async function readAccepted(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`);
  });
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), where: `${file}:${index + 1}` }));
  return lines.filter(({ line }) => line !== '').map(({ line, where }) => idIn(line, where).toLowerCase());
}

/** `"0190…"`, `{"id":"0190…"}`, or the bare id. */
function idIn(line: string, where: string): string {
  if (!/^["{]/.test(line)) return line;
  const value: unknown = JSON.parse(line);
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') return value.id;
  throw new UserError(`${where} names no order: it must be an id, or an object with an id`);
}
