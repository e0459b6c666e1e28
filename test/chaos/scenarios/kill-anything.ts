import { setTimeout as pause } from 'node:timers/promises';
import { BYSTANDERS, PARTICIPANTS, type ProcessName } from '../processes.js';
import type { Random } from '../random.js';
import type { Stage } from '../stage.js';

/** Orders in flight at every blow, at least. */
const IN_FLIGHT = 20;
/** A few more than that, as some end while the blow is prepared. */
const AIM = 26;
/** Of all kills; the others are apart from each other by nothing but chance. */
const OF_PARTICIPANTS = 0.4;
/** Stops come on top of the kills. */
const STOPS = 0.2;

/** How often participants and all others are killed and stopped. */
export interface Counts {
  readonly participants: { readonly kills: number; readonly stops: number };
  readonly others: { readonly kills: number; readonly stops: number };
}

export interface Planned {
  readonly name: ProcessName;
  readonly manner: 'kill' | 'stop';
}

/** Kills and stops every process and engine, by turns that the seed chooses, while orders of every kind are in flight. */
export async function killAnything(stage: Stage): Promise<void> {
  const { random, size, load } = stage;
  await deal(stage, planOf(random, countsOf(size.kills)));
  await load.placeMany(Math.max(0, size.orders - load.counts.placed));
}

/** Every process at least once, participants and others as often as each other. */
export function countsOf(kills: number): Counts {
  const participants = Math.max(PARTICIPANTS.length, Math.round(kills * OF_PARTICIPANTS));
  const stops = Math.round(kills * STOPS);
  return {
    participants: { kills: participants, stops: Math.ceil(stops / 2) },
    others: { kills: Math.max(BYSTANDERS.length, kills - participants), stops: Math.floor(stops / 2) },
  };
}

/** Participants one after the other, the others in between. */
export function planOf(random: Random, { participants, others }: Counts): Planned[] {
  const slow = random.shuffle([
    ...rounds(random, PARTICIPANTS, participants.kills, 'kill'),
    ...rounds(random, PARTICIPANTS, participants.stops, 'stop'),
  ]);
  const quick = random.shuffle([
    ...rounds(random, BYSTANDERS, others.kills, 'kill'),
    ...rounds(random, BYSTANDERS, others.stops, 'stop'),
  ]);
  const share = quick.length / slow.length;
  return slow.flatMap((planned, place) => [
    planned,
    ...quick.slice(Math.round(place * share), Math.round((place + 1) * share)),
  ]);
}

function rounds(random: Random, names: readonly ProcessName[], count: number, manner: Planned['manner']): Planned[] {
  const full = Array.from({ length: Math.ceil(count / names.length) }, () => random.shuffle(names)).flat();
  return full.slice(0, count).map((name) => ({ name, manner }));
}

/** Deals each blow when its turn has come, with enough orders in flight. */
export async function deal(stage: Stage, plan: readonly Planned[]): Promise<void> {
  const { random, load, blows, flights, say } = stage;
  for (const [place, { name, manner }] of plan.entries()) {
    await blows.turnOf(name);
    await load.fill(AIM);
    await pause(random.between(0, 300));
    if ((await flights.count()) < IN_FLIGHT) await load.fill(AIM);
    const { inFlight } =
      manner === 'kill'
        ? await blows.kill(name, random.chance(0.5))
        : await blows.stop(name, random.between(500, 6_000));
    if (inFlight < IN_FLIGHT) stage.broken.push(`only ${inFlight} orders were in flight when ${name} was hit`);
    say(`${place + 1}/${plan.length} ${manner} ${name}, ${inFlight} in flight, ${load.counts.placed} orders placed`);
  }
}
