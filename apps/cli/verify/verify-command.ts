import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { messageOf } from '#libs/kernel/errors.js';
import { readRun, UserError } from '../run-file/run-file.js';
import { bold, dim, duration, green, print, red, yellow } from '../terminal/style.js';
import type { Facts, Question, Violation } from './facts.js';
import { readFacts } from './read-facts.js';
import { verify } from './verify.js';

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
  const { postgres, rabbitmq } = readRun();
  if (postgres === undefined || rabbitmq === undefined)
    throw new UserError(
      'The databases are out of reach from here; in containers: `docker compose run --rm tools verify`',
    );
  const startedAt = Date.now();
  const question: Question = { accepted: accepted === undefined ? new Set() : await readAccepted(accepted), atRest };
  const facts = await readFacts({ auditorUrl: postgres.auditor, broker: rabbitmq });
  const violations = verify(facts, question);
  const attention = [...facts.orders.values()].filter(({ needsAttention }) => needsAttention).map(({ id }) => id);
  if (json)
    print(
      JSON.stringify(
        { orders: facts.orders.size, accepted: question.accepted.size, needsAttention: attention, violations },
        null,
        2,
      ),
    );
  else report(facts, question, violations, attention, Date.now() - startedAt);
  if (violations.length > 0) process.exitCode = 1;
}

function report(
  facts: Facts,
  { accepted }: Question,
  violations: readonly Violation[],
  attention: readonly string[],
  took: number,
): void {
  for (const [invariant, meaning] of Object.entries(MEANING)) {
    const broken = violations.filter((violation) => violation.invariant === invariant);
    print(
      `  ${broken.length === 0 ? green('✓') : red('✗')} ${bold(invariant)}  ${meaning}${broken.length === 0 ? '' : red(`: ${broken.length} broken`)}`,
    );
    for (const { orderId, message } of broken)
      print(`       ${orderId === undefined ? '' : `order ${orderId} `}${message}`);
  }
  for (const id of attention)
    print(`  ${yellow('!')} order ${id} needs attention: \`npx waybill orders ${id}\` says why`);
  print(
    dim(
      `\n  ${facts.orders.size} orders${accepted.size === 0 ? '' : `, ${accepted.size} of them given as accepted`}, ${duration(took)}`,
    ),
  );
}

async function readAccepted(file: string): Promise<Set<string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`);
  });
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), where: `${file}:${index + 1}` }));
  return new Set(lines.filter(({ line }) => line !== '').map(({ line, where }) => idIn(line, where)));
}

/** `"0190…"`, `{"id":"0190…"}`, or the bare id. */
function idIn(line: string, where: string): string {
  if (!/^["{]/.test(line)) return line;
  const value: unknown = JSON.parse(line);
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') return value.id;
  throw new UserError(`${where} names no order: it must be an id, or an object with an id`);
}
