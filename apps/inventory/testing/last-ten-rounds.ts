/** Many rounds of many buyers for the last ten units: `last-ten-rounds.ts <rounds> <buyers>`. Ends with 1 when a round went wrong. */
import { inventoryFixture } from './inventory-fixture.js';
import { sellLastTen, UNITS } from './last-ten.js';

const [rounds = 0, buyers = 0] = process.argv.slice(2).map(Number);
const inventory = await inventoryFixture({ pool: 16 });
const took: number[] = [];
const wrong: string[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const startedAt = performance.now();
  const told = await sellLastTen(inventory, buyers);
  took.push(performance.now() - startedAt);
  wrong.push(...told.wrong.map((what) => `round ${round}: ${what}`));
  if (round % 20 === 0 || round === rounds) say(`${round} rounds, ${wrong.length} things wrong`);
}
await inventory.drop();
for (const what of wrong) say(what);
const total = took.reduce((sum, ms) => sum + ms, 0);
const median = took.toSorted((one, other) => one - other)[Math.floor(took.length / 2)] ?? 0;
say(
  `${rounds} rounds of ${buyers} buyers for ${UNITS} units: ` +
    (wrong.length === 0 ? `exactly ${UNITS} sold in each` : `${wrong.length} things wrong`) +
    `; ${seconds(total)} in all, a round ${seconds(median)} at the median and ${seconds(Math.max(...took))} at most`,
);
process.exit(wrong.length === 0 ? 0 : 1);

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
