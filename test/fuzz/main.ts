import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { startSystem } from '../chaos/own-system.js';
import { exchange } from '../edge/role-matrix.js';
import { badRequests, type BadRequest } from './bad-requests.js';
import { malformedFrames, sendFrame } from './malformed-frames.js';
import { answeredBy, changesBetween, peakMemoryMb, stateAtRest, type RunFile } from './watch-system.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.waybill', 'fuzz');
const AT_ONCE = 32;
/** Of our own requests, those that are not even HTTP. */
const FRAMES_SHARE = 0.1;
/** Of schemathesis, at most. */
const ROUNDS = 50;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: 'own,schemathesis' },
    /** Of a system that runs already; left as it is. */
    'run-file': { type: 'string' },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
const generators = values.only.split(',');

const complaints: string[] = [];
function complain(words: string): void {
  const kind = words.slice(0, 40);
  if (complaints.filter((each) => each.startsWith(kind)).length < 3 && complaints.length < 60) complaints.push(words);
}

async function ours(run: RunFile, count: number): Promise<void> {
  const tokens = [run.tokens.customer, run.tokens.operator];
  const bad = fc.sample(fc.oneof(...OPERATIONS.map(badRequests)), {
    numRuns: Math.round(count * (1 - FRAMES_SHARE)),
    seed,
  });
  await inParallel(bad, async (each, place) => {
    const token = each.operation.startsWith('receive') ? [] : [`Bearer ${tokens[place % tokens.length]}`];
    const { status } = await exchange(run.gateway.url, each.request, token);
    if (status < 400 || status >= 500) complain(`${status} to ${tell(each)}`);
  });
  const frames = fc.sample(malformedFrames, { numRuns: Math.round(count * FRAMES_SHARE), seed });
  await inParallel(frames, async (each) => {
    const status = await sendFrame(run.gateway.url, each);
    if (status !== 0 && (status < 400 || status >= 500)) complain(`${status} to a frame: ${each.fault}`);
  });
}

function tell({ operation, fault, request }: BadRequest): string {
  return `${operation}, ${fault}: ${request.method} ${request.path.slice(0, 80)} ${JSON.stringify(request.headers).slice(0, 200)} ${request.body?.slice(0, 200) ?? ''}`;
}

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, place: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let place = next++; place < items.length; place = next++) {
      // Within bounds.
      const item = items[place] as Item;
      await work(item, place).catch((error: unknown) =>
        complain(`${String(error)} to ${JSON.stringify(item).slice(0, 300)}`),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Draws from the OpenAPI document what does not fit it; repeated under the next seeds until there were enough. */
async function schemathesis(run: RunFile, count: number): Promise<void> {
  const { installed } = (await import(join(root, 'scripts/fuzz/schemathesis.mjs'))) as {
    installed: () => Promise<{ python: string; program: string; library: string }>;
  };
  const { python, program, library } = await installed();
  const began = total(await answeredBy(run));
  for (let round = 0; round < ROUNDS && total(await answeredBy(run)) - began < count; round += 1) {
    const left = count - (total(await answeredBy(run)) - began);
    const examples = Math.max(20, Math.min(3_000, Math.ceil(left / OPERATIONS.length)));
    const token = round % 2 === 0 ? run.tokens.customer : run.tokens.operator;
    const args = [
      'run',
      `${run.gateway.url}/openapi.json`,
      '--header',
      `Authorization: Bearer ${token}`,
      '--mode',
      'negative',
      '--phases',
      'fuzzing',
      '--checks',
      'not_a_server_error',
      '--max-examples',
      String(examples),
      '--seed',
      String(seed + round),
      '--workers',
      '4',
      '--request-timeout',
      '40',
      '--generation-database',
      'none',
      '--suppress-health-check',
      'all',
      '--continue-on-failure',
      '--exclude-path',
      '/v1/orders/{id}/events',
      // It cannot write NDJSON.
      '--exclude-path',
      '/v1/orders/bulk',
    ];
    const { code, said } = await execute(python, [program, ...args], {
      PYTHONPATH: library,
      PYTHONDONTWRITEBYTECODE: '1',
      SCHEMATHESIS_HOOKS: join(root, 'scripts/fuzz/only_bad.py'),
    });
    if (code !== 0) complain(`schemathesis, seed ${seed + round}, exited with ${code}:\n${said.slice(-3_000)}`);
  }
  // Else hardly anything was tried, and nothing would tell.
  const sent = total(await answeredBy(run)) - began;
  if (sent < count / 2) complain(`schemathesis sent ${sent} requests of ${count} in ${ROUNDS} rounds`);
}

function execute(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(command, [...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-20_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, said }));
  });
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function fuzz(run: RunFile): Promise<void> {
  const before = { state: await stateAtRest(run), answered: await answeredBy(run) };
  const share = Math.ceil(requests / generators.length);
  for (const [name, generate] of Object.entries({ own: ours, schemathesis })) {
    if (!generators.includes(name)) continue;
    const startedAt = Date.now();
    const [sofar, pid] = [total(await answeredBy(run)), run.services['gateway']?.pid ?? 0];
    await generate(run, share);
    const sent = total(await answeredBy(run)) - sofar;
    say(
      `${name}: ${sent} requests in ${((Date.now() - startedAt) / 1_000).toFixed(0)} s; the gateway's peak memory ${peakMemoryMb(pid)} MB`,
    );
  }
  const answered = await answeredBy(run);
  for (const [kind, count] of Object.entries(answered))
    say(`  ${kind.padEnd(20)} ${count - (before.answered[kind] ?? 0)}`);
  const failed = (answered['5xx'] ?? 0) - (before.answered['5xx'] ?? 0);
  if (failed > 0) complain(`${failed} answers were 5xx`);
  const changes = changesBetween(before.state, await stateAtRest(run));
  say(`  state changes        ${changes.length}`);
  changes.forEach((change) => complain(`changed: ${change}`));
}

say(`${requests} bad requests, seed ${seed}`);
const own = values['run-file'] === undefined ? await startSystem(folder, {}) : undefined;
try {
  await fuzz(JSON.parse(readFileSync(values['run-file'] ?? join(folder, 'run.json'), 'utf8')) as RunFile);
} finally {
  await own?.stop();
}
if (complaints.length > 0) {
  say(
    `\n${complaints.join('\n')}\n\nAgain: npm run fuzz -- --requests ${requests} --seed ${seed} --only ${values.only}`,
  );
  process.exitCode = 1;
} else say('every one of them was refused, and nothing changed');
