import { Command, InvalidArgumentError } from 'commander';
import { createClient, type DeadLetterFilter } from '#libs/client/client.js';
import { DEAD_LETTER_STATES, type DeadLetter, type DeadLetterState } from '#libs/contracts/http/ops.js';
import { readRun } from '../run-file/run-file.js';
import { green, print } from '../terminal/style.js';
import { deadLetterDetails, deadLetterTable } from './print-dead-letters.js';

const JSON_FLAG = ['--json', 'machine-readable output'] as const;
const PAGE = 100;

interface Output {
  readonly json?: boolean;
}
interface ListOptions extends Output {
  readonly queue?: string;
  readonly reason?: string;
  readonly order?: string;
  readonly state?: DeadLetterState;
  readonly all?: boolean;
}

/** `waybill dlq`: messages that were given up, and what to do about them. Mend the cause first; docs/operate.md says how. */
export function dlqCommand(): Command {
  const dlq = new Command('dlq').description('messages that were given up: look at them, replay them, discard them');
  dlq
    .command('list', { isDefault: true })
    .description('those that nobody has decided about, newest first')
    .option('--queue <queue>', 'only of this queue')
    .option('--reason <reason>', 'only with this reason')
    .option('--order <id>', 'only of this order')
    .option('--state <state>', `only with this state: ${DEAD_LETTER_STATES.join(', ')}`, state)
    .option('--all', 'also those that were replayed or discarded')
    .option(...JSON_FLAG)
    .action(list);
  dlq
    .command('show')
    .argument('<id>')
    .description('one, with what it says and what was done about it')
    .option(...JSON_FLAG)
    .action(show);
  dlq
    .command('replay')
    .argument('<id>')
    .description('put it back into its queue as it was sent')
    .option(...JSON_FLAG)
    .action(replay);
  dlq
    .command('discard')
    .argument('<id>')
    .description('give it up for good')
    .requiredOption('--reason <reason>', 'why nothing is lost by that')
    .option(...JSON_FLAG)
    .action(discard);
  return dlq;
}

async function list({ queue, reason, order, state: only, all, json = false }: ListOptions): Promise<void> {
  const filter = { ...(queue && { queue }), ...(reason && { reason }), ...(order && { orderId: order }) };
  const states: readonly (DeadLetterState | undefined)[] = only ? [only] : all ? [undefined] : ['open', 'replaying'];
  const letters: DeadLetter[] = [];
  for (const each of states) letters.push(...(await every({ ...filter, ...(each && { state: each }) })));
  if (json) return print(JSON.stringify(letters, null, 2));
  print(letters.length === 0 ? `  ${green('✓')} No dead letters.` : deadLetterTable(letters));
}

/** Page by page: there may be many, and whoever asks wants to see that. */
async function every(filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const api = operator();
  const letters: DeadLetter[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await api.listDeadLetters({ ...filter, limit: PAGE, ...(cursor && { cursor }) });
    letters.push(...page.items);
    if (page.nextCursor === null) return letters;
    cursor = page.nextCursor;
  }
}

async function show(id: string, { json = false }: Output): Promise<void> {
  const letter = await operator().getDeadLetter(id);
  print(json ? JSON.stringify(letter, null, 2) : deadLetterDetails(letter));
}

async function replay(id: string, { json = false }: Output): Promise<void> {
  const letter = await operator().replayDeadLetter(id);
  if (json) return print(JSON.stringify(letter, null, 2));
  print(`  ${green('✓')} ${id} is ${letter.state}: back in ${letter.queue}. If it dies again, it is open again.`);
}

async function discard(id: string, { reason, json = false }: Output & { readonly reason: string }): Promise<void> {
  const letter = await operator().discardDeadLetter(id, reason);
  print(json ? JSON.stringify(letter, null, 2) : `  ${green('✓')} ${id} is ${letter.state}.`);
}

function operator() {
  const { gateway, tokens } = readRun();
  return createClient({ url: gateway.url, token: tokens.operator });
}

function state(text: string): DeadLetterState {
  const known = DEAD_LETTER_STATES.find((each) => each === text.toLowerCase());
  if (known === undefined) throw new InvalidArgumentError(`Known are: ${DEAD_LETTER_STATES.join(', ')}`);
  return known;
}
