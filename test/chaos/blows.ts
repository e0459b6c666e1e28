import { setTimeout as pause } from 'node:timers/promises';
import type { Flights } from './flights.js';
import type { History } from './history.js';
import { descendantsOf, isParticipant, PARTICIPANTS_APART_MS, signal, type ProcessName } from './processes.js';
import { until, type System } from './system.js';

export type Manner = 'kill' | 'stop' | 'failpoint';

export interface Blow {
  readonly name: ProcessName;
  readonly manner: Manner;
  /** Orders in flight at that moment. */
  readonly inFlight: number;
}

/** Hits processes, keeps participants' blows apart, and remembers each. */
export class Blows {
  readonly dealt: Blow[] = [];
  private participantsFreeAt = 0;

  constructor(
    private readonly system: System,
    private readonly flights: Flights,
    private readonly history: History,
    /** Between two blows at participants. */
    private readonly apartMs = PARTICIPANTS_APART_MS,
  ) {}

  /** Waits until this process may be hit: it is up, and the last participant's blow is long enough ago. */
  async turnOf(name: ProcessName): Promise<void> {
    if (isParticipant(name)) await pause(Math.max(0, this.participantsFreeAt - Date.now()));
    await this.system.untilReady([name]);
  }

  /** SIGKILL. Of Postgres the postmaster alone, or all of it at once: `wholeTree`. Its supervisor starts it again. */
  async kill(name: ProcessName, wholeTree = false): Promise<void> {
    const pid = await this.pidOf(name);
    const inFlight = await this.flights.count();
    const family = wholeTree ? descendantsOf(pid) : [];
    for (const each of [pid, ...family]) signal(each, 'SIGKILL');
    this.note({ name, manner: 'kill', inFlight });
    await until(
      async () => (await this.system.unit(name)).pid !== pid,
      30_000,
      () => `${name} to be gone`,
      20,
    );
  }

  /** SIGSTOP, and SIGCONT after a while: whoever waits for it notices, it itself does not. */
  async stop(name: ProcessName, forMs: number): Promise<void> {
    const pid = await this.pidOf(name);
    const inFlight = await this.flights.count();
    const family = [pid, ...descendantsOf(pid)];
    for (const each of family) signal(each, 'SIGSTOP');
    this.note({ name, manner: 'stop', inFlight }, { forMs });
    await pause(forMs);
    for (const each of family) signal(each, 'SIGCONT');
  }

  note(blow: Blow, fields: object = {}): void {
    this.dealt.push(blow);
    if (isParticipant(blow.name)) this.participantsFreeAt = Date.now() + this.apartMs;
    this.history.note('blow', { ...blow, ...fields });
  }

  private async pidOf(name: ProcessName): Promise<number> {
    const { pid } = await this.system.unit(name);
    if (pid === null) throw new Error(`${name} has no process here: it was given by a URL, or is held down`);
    return pid;
  }
}
