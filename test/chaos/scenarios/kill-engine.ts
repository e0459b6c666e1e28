import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessName } from '../processes.js';
import type { Stage } from '../stage.js';

const TIMES = 4;
const BURST = 25;

/** Kills an engine again and again, each time in the middle of a burst of orders. */
export function killEngine(name: ProcessName): (stage: Stage) => Promise<void> {
  return async ({ load, blows, random, say }) => {
    for (let time = 1; time <= TIMES; time += 1) {
      await blows.turnOf(name);
      await load.fill(20);
      const burst = load.placeMany(BURST);
      await pause(random.between(20, 250));
      await blows.kill(name, time % 2 === 0);
      await burst;
      say(`${time}/${TIMES} ${name} killed in the middle of ${BURST} orders`);
    }
  };
}

/** Places orders while Temporal is held down, starts it, and kills it while it works off what has piled up. */
export async function restartTemporal(stage: Stage): Promise<void> {
  const { system, load, blows, flights, random } = stage;
  await load.fill(20);
  await system.hold('temporal');
  await load.placeMany(40);
  stage.say(`${await flights.count()} orders are in flight while temporal is down`);
  await system.start('temporal');
  for (let time = 1; time <= TIMES; time += 1) {
    await blows.turnOf('temporal');
    await pause(random.between(500, 3_000));
    await load.fill(20);
    const { inFlight } = await blows.kill('temporal');
    stage.say(`${time}/${TIMES} temporal killed, ${inFlight} orders in flight`);
  }
}
