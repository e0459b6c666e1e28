import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge, report } from './judge.js';
import { readOptions, type Options } from './options.js';
import { startSystem } from './own-system.js';
import { scenarioOf, type ScenarioName } from './scenarios.js';
import { openStage } from './stage.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.waybill', 'chaos');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** One scenario on a system of its own. @returns whether everything is as it must be. */
async function play(name: ScenarioName, seed: number, { size, only }: Options): Promise<boolean> {
  const startedAt = Date.now();
  const { run, settings = {}, mayReject = false } = scenarioOf(name);
  say(`\n${name}, seed ${seed}`);
  const { system, stop } = await startSystem(folder, settings);
  try {
    const stage = await openStage({ system, seed, scenario: name, folder: join(folder, 'histories'), size, say, only });
    try {
      await run(stage);
      say('waiting until everything is at rest');
      const judgement = await judge(stage, { delivered: true, nothingRejectedWrongly: !mayReject });
      say(`\n${report(stage, judgement)}\n`);
      const took = `${((Date.now() - startedAt) / 1_000).toFixed(0)} s`;
      if (judgement.good) say(`${name}: as it must be, in ${took}; seed ${seed}`);
      else say(`${name}: BROKEN, in ${took}.\n  again: npm run chaos -- --scenario ${name} --seed ${seed}`);
      say(`  what the clients saw: ${stage.history.file}\n  logs: ${join(folder, 'logs')}`);
      return judgement.good;
    } catch (error) {
      say(
        `${name}: BROKEN.\n  again: npm run chaos -- --scenario ${name} --seed ${seed}\n  what the clients saw: ${stage.history.file}`,
      );
      throw error;
    } finally {
      await stage.cancels.close();
    }
  } finally {
    await stop();
  }
}

async function playAll(options: Options): Promise<boolean> {
  const until = Date.now() + options.durationMs;
  let good = true;
  for (let seed = options.seed; ; seed += 1) {
    for (const name of options.scenarios) good = (await play(name, seed, options)) && good;
    if (!good || Date.now() >= until) return good;
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options && !(await playAll(options))) process.exitCode = 1;
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
