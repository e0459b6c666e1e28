import { setTimeout as pause } from 'node:timers/promises';
import { Armoury } from '../armoury.js';
import { PLACES, type Place } from '../failpoint-places.js';
import type { Stage } from '../stage.js';
import { killMigrations } from './kill-migrations.js';

/** Services that are hit at the same time, each at one of its failpoints. */
const LANES = 3;
/** As many orders as may be in flight before somebody waits instead of placing more. */
const MOST_IN_FLIGHT = 30;
const NOBODY_CAME_MS = 180_000;
const LOOK_MS = 100;

/** Kills each service at each of its failpoints, as often as asked, each time with an order in that state. */
export async function failpoints(stage: Stage): Promise<void> {
  const { size, only, say } = stage;
  const armoury = new Armoury(stage.system.failpoints);
  const places = PLACES.filter(({ failpoint }) => only.length === 0 || only.includes(failpoint));
  const services = [...new Set(places.map(({ service }) => service))].map((service) =>
    places.filter((place) => place.service === service),
  );
  const byWork = services.sort((one, other) => other.length - one.length);
  const lane = async (): Promise<void> => {
    for (let next = byWork.shift(); next; next = byWork.shift())
      for (const place of next) await hitOften(stage, armoury, place);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  say('');
  for (const { service, failpoint } of places) {
    const hits = armoury.hits(service, failpoint);
    const orders = new Set(hits.map(({ about }) => about)).size;
    const line = `  ${service.padEnd(20)}${failpoint.padEnd(36)}${String(hits.length).padStart(5)} SIGKILLs, ${orders} orders`;
    stage.notes.push(line);
    if (hits.length < size.perFailpoint)
      stage.broken.push(`${service} was killed ${hits.length} times at ${failpoint}, not ${size.perFailpoint}`);
  }
}

async function hitOften(stage: Stage, armoury: Armoury, place: Place): Promise<void> {
  const { service, failpoint } = place;
  if (failpoint === 'migrate.before-commit') return killMigrations(stage, armoury, service);
  for (let time = 1; time <= stage.size.perFailpoint; time += 1) {
    if (!(await hit(stage, armoury, place))) {
      stage.broken.push(`nobody came by at ${failpoint} of ${service} within ${NOBODY_CAME_MS / 1_000} s`);
      return;
    }
  }
  stage.say(`${service} killed at ${failpoint} ${stage.size.perFailpoint} times`);
}

/** Arms the failpoint, sends orders by, waits for the death and for what comes after it. */
export async function hit(stage: Stage, armoury: Armoury, { service, failpoint, orders }: Place): Promise<boolean> {
  const { system, load, flights, blows } = stage;
  await system.untilReady([service]);
  const { pid } = await system.unit(service);
  const before = armoury.hits(service, failpoint).length;
  armoury.arm(service, failpoint);
  const deadline = Date.now() + NOBODY_CAME_MS;
  while (armoury.hits(service, failpoint).length === before) {
    if (Date.now() > deadline) {
      armoury.disarm(service, failpoint);
      return false;
    }
    if (load.unanswered + (await flights.count()) < MOST_IN_FLIGHT) void load.place(orders);
    await pause(LOOK_MS);
  }
  blows.note({ name: service, manner: 'failpoint', inFlight: await flights.count() }, { failpoint });
  await system.untilReplaced(service, pid ?? 0);
  return true;
}
