import { setTimeout as pause } from 'node:timers/promises';
import { BYSTANDERS, PARTICIPANTS, type ProcessName } from '../processes.js';
import type { Random } from '../random.js';
import type { Stage } from '../stage.js';

/** Orders in flight at every blow, at least. */
export const IN_FLIGHT = 20;
/** A few more than that, as some end while the blow is prepared. */
const AIM = 26;
/** Of all kills; the others are apart from each other by nothing but chance. */
const OF_PARTICIPANTS = 0.4;
/** Stops come on top of the kills. */
const STOPS = 0.2;

interface Planned {
  readonly name: ProcessName;
  readonly manner: 'kill' | 'stop';
}

/** Kills and stops every process and engine, by turns that the seed chooses, while orders of every kind are in flight. */
export async function killAnything(stage: Stage): Promise<void> {
  const { random, size, load, say } = stage;
  const plan = planOf(random, size.kills);
  for (const [place, { name, manner }] of plan.entries()) {
    await stage.blows.turnOf(name);
    await load.fill(AIM);
    await pause(random.between(0, 300));
    if ((await stage.flights.count()) < IN_FLIGHT) await load.fill(AIM);
    const before = stage.blows.dealt.length;
    if (manner === 'kill') await stage.blows.kill(name, random.chance(0.5));
    else await stage.blows.stop(name, random.between(500, 6_000));
    const inFlight = stage.blows.dealt[before]?.inFlight ?? 0;
    if (inFlight < IN_FLIGHT) stage.broken.push(`only ${inFlight} orders were in flight when ${name} was hit`);
    say(`${place + 1}/${plan.length} ${manner} ${name}, ${inFlight} in flight, ${load.counts.placed} orders placed`);
  }
  await load.placeMany(Math.max(0, size.orders - load.counts.placed));
}

/** Participants one after the other, the others in between; each as often as any other of its sort. */
export function planOf(random: Random, kills: number): Planned[] {
  const stops = Math.round(kills * STOPS);
  const ofParticipants = Math.max(PARTICIPANTS.length, Math.round(kills * OF_PARTICIPANTS));
  const slow: Planned[] = [
    ...rounds(random, PARTICIPANTS, ofParticipants, 'kill'),
    ...rounds(random, PARTICIPANTS, Math.ceil(stops / 2), 'stop'),
  ];
  const quick: Planned[] = [
    ...rounds(random, BYSTANDERS, Math.max(BYSTANDERS.length, kills - ofParticipants), 'kill'),
    ...rounds(random, BYSTANDERS, Math.floor(stops / 2), 'stop'),
  ];
  const between = random.shuffle(quick);
  const share = between.length / slow.length;
  return random
    .shuffle(slow)
    .flatMap((planned, place) => [
      planned,
      ...between.slice(Math.round(place * share), Math.round((place + 1) * share)),
    ]);
}

function rounds(random: Random, names: readonly ProcessName[], count: number, manner: Planned['manner']): Planned[] {
  const full = Array.from({ length: Math.ceil(count / names.length) }, () => random.shuffle(names)).flat();
  return full.slice(0, count).map((name) => ({ name, manner }));
}
