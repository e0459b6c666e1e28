/** Brings the whole system up, shows what it does to sample orders, and takes it down again. */
import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeData } from '../engines/engines.mjs';
import { Launcher } from './launcher.mjs';
import { readOptions } from './options.mjs';
import { bold, dim, say, sayDone, sayNote, sayProblem, sayWarning } from './terminal.mjs';

const options = readOptions();
const root = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));
const folder = process.env.WAYBILL_FOLDER ?? join(root, '.waybill');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const startedAt = Date.now();

let stopping;
const launcher = new Launcher({ root, folder });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => void stop(signal === 'SIGINT' ? 130 : 143));

say(`\n  ${bold('Waybill')} ${version}\n`);
try {
  await launcher.claim(({ name, pid }) => sayNote(name, `left behind by an earlier run (pid ${pid}); ended`));
  if (options.fresh) beginEmpty();
  await launcher.start();
  say();
  const good = options.samples ? await launcher.show({ once: options.once, startedAt }) : true;
  if (options.once) await stop(good ? 0 : 1);
  launcher.sayLinks();
  launcher.announceFailures(sayWarning, sayDone);
} catch (error) {
  if (!stopping) {
    sayProblem('could not start', error.message);
    await stop(1);
  }
}

/** Everything in order: services first, so that what is in flight finishes while the engines still answer. */
async function stop(code) {
  stopping ??= (async () => {
    say(dim('\n  stopping …'));
    await launcher.stop();
    say(dim('  everything is stopped'));
    process.exit(code);
  })();
  await stopping;
}

function beginEmpty() {
  removeData(folder);
  for (const name of ['mail', 'logs']) rmSync(join(folder, name), { recursive: true, force: true });
}
