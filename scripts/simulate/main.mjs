import { parseArgs } from 'node:util';
import '../run-typescript.mjs';

const BATCH = 5_000;
const { values } = parseArgs({
  options: { histories: { type: 'string', default: '100000' }, seed: { type: 'string' } },
});
const histories = wholeNumber('histories', values.histories, 1);
const seed = wholeNumber('seed', values.seed ?? String(Math.floor(Math.random() * 1_000_000)), 0);
const { simulate, tell } = await import('../../workflows/testing/simulation/simulate.ts');

const startedAt = Date.now();
const endings = new Map();
const different = new Set();
let done = 0;
console.log(
  `${histories} histories, seeds ${seed} to ${seed + Math.ceil(histories / BATCH) - 1}, ${BATCH} each at most`,
);
for (let batch = 0; done < histories; batch += 1) {
  const simulated = await simulate(Math.min(BATCH, histories - done), seed + batch);
  if (simulated.broken) {
    console.error(`\n${tell(simulated.broken)}`);
    console.error(`Again: npm run simulate -- --histories ${BATCH} --seed ${seed + batch}`);
    process.exit(1);
  }
  for (const [ending, count] of simulated.endings) endings.set(ending, (endings.get(ending) ?? 0) + count);
  for (const history of simulated.different) different.add(history);
  done += simulated.histories;
  if (process.stdout.isTTY) process.stdout.write(`\r${done} …`);
}

const seconds = (Date.now() - startedAt) / 1_000;
const perMinute = Math.round((done / seconds) * 60);
console.log(
  `\r${done} histories in ${seconds.toFixed(0)} s, ${perMinute} per minute, ${different.size} different ones; every rule held\n`,
);
for (const [ending, count] of [...endings].toSorted((one, other) => other[1] - one[1]))
  console.log(`${String(count).padStart(9)}  ${ending}`);

function wholeNumber(name, text, least) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${name} must be a whole number, ${least} or more: ${text}`);
  process.exit(1);
}
