/**
 * The engines by themselves, without Waybill:
 *   node scripts/engines/main.mjs get                          fetches all that is missing into the cache
 *   node scripts/engines/main.mjs up [--dir D] [--only a,b]    runs them until SIGTERM or Ctrl-C; prints one line of JSON
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINES, startEngines } from './engines.mjs';
import { endLeftovers, openRegistry } from './leftovers.mjs';
import * as postgres from './postgres.mjs';
import * as rabbitmq from './rabbitmq.mjs';
import * as temporal from './temporal.mjs';
import * as testServer from './test-server.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dir: { type: 'string', default: '.waybill' }, only: { type: 'string' } },
});

/** @type {Map<string, string>} */
const shown = new Map();
const TEN_MEGABYTES = 10_000_000;

/** Progress on standard error: a line for each phase, and for each ten megabytes. @type {import('./search.mjs').Report} */
function report({ engine, phase, detail, bytes, total }) {
  const megabytes = (/** @type {number} */ n) => (n / 1e6).toFixed(1);
  const step = `${phase} ${bytes === total ? 'all' : Math.floor((bytes ?? 0) / TEN_MEGABYTES)}`;
  if (shown.get(engine) === step) return;
  shown.set(engine, step);
  const size =
    bytes === undefined ? '' : total ? `${megabytes(bytes)} of ${megabytes(total)} MB` : `${megabytes(bytes)} MB`;
  const line = [`${engine}:`, phase, detail, size].filter(Boolean).join(' ');
  process.stderr.write(`${line}\n`);
}

async function get() {
  const wanted = [temporal, testServer, rabbitmq, postgres];
  const results = await Promise.allSettled(wanted.map((engine) => engine.locate({ report })));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('\n\n'));
  const located = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  process.stdout.write(`${JSON.stringify(located)}\n`);
}

async function up() {
  const dir = resolve(values.dir);
  const registry = await openRegistry(dir, (ended) =>
    report({ engine: 'leftovers', phase: 'ended', detail: ended.map(({ name, pid }) => `${name} ${pid}`).join(', ') }),
  );
  const interrupted = new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => done(undefined));
  });
  const only = values.only ? ENGINES.filter((name) => values.only?.split(',').includes(name)) : ENGINES;
  try {
    const started = await Promise.race([startEngines({ dir, only, report, registry }), interrupted]);
    if (started) process.stdout.write(`${JSON.stringify(started.urls)}\n`);
    await interrupted;
    await started?.stop();
  } finally {
    await endLeftovers(dir); // of a start that was interrupted
    registry.close();
  }
  process.exit();
}

const commands = { get, up };
const command = commands[/** @type {keyof typeof commands} */ (positionals[0])];
if (!command) {
  process.stderr.write('usage: main.mjs get | up [--dir D] [--only postgres,rabbitmq,temporal]\n');
  process.exit(2);
}
try {
  await command();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
