import { join } from 'node:path';
import { Blows } from './blows.js';
import { Cancels } from './cancels.js';
import { Flights } from './flights.js';
import { History } from './history.js';
import { Load } from './load.js';
import { randomOf, type Random } from './random.js';
import type { System } from './system.js';

export interface Size {
  /** Orders that are placed at least. */
  readonly orders: number;
  /** Kills that are dealt at least. */
  readonly kills: number;
  /** SIGKILLs at each failpoint. */
  readonly perFailpoint: number;
}

/** What a scenario works with. */
export interface Stage {
  readonly system: System;
  readonly random: Random;
  readonly size: Size;
  readonly flights: Flights;
  readonly load: Load;
  readonly blows: Blows;
  readonly history: History;
  readonly cancels: Cancels;
  /** What does not hold, in words: the scenario's own findings. */
  readonly broken: string[];
  /** What else the report shows. */
  readonly notes: string[];
  readonly say: (line: string) => void;
  /** Names of failpoints; all when empty. */
  readonly only: readonly string[];
}

export interface StageOptions {
  readonly system: System;
  readonly seed: number;
  readonly scenario: string;
  readonly folder: string;
  readonly size: Size;
  readonly say: (line: string) => void;
  readonly only?: readonly string[];
  readonly apartMs?: number;
}

export async function openStage({
  system,
  seed,
  scenario,
  folder,
  size,
  say,
  only = [],
  apartMs,
}: StageOptions): Promise<Stage> {
  const random = randomOf(seed);
  const history = new History(join(folder, `${scenario}-${seed}.ndjson`));
  const flights = new Flights(system);
  await flights.begin();
  const cancels = await Cancels.open(system, random.fork('cancels'), history, flights);
  const load = new Load(system, random.fork('load'), history, flights, cancels, `${seed}-${Date.now().toString(36)}`);
  const blows = new Blows(system, flights, history, apartMs);
  return {
    system,
    random: random.fork('blows'),
    size,
    flights,
    load,
    blows,
    history,
    cancels,
    broken: [],
    notes: [],
    say,
    only,
  };
}
