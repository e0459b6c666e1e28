import { setTimeout as pause } from 'node:timers/promises';
import type { Flights } from './flights.js';
import type { History } from './history.js';
import { descendantsOf, isParticipant, PARTICIPANTS_APART_MS, signal, type ProcessName } from './processes.js';
import type { System } from './system.js';

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
  /** By name, whom the supervisor may not have missed yet. */
  private readonly killed = new Map<ProcessName, number>();

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
    const killed = this.killed.get(name);
    if (killed === undefined) await this.system.untilReady([name]);
    else await this.system.untilReplaced(name, killed);
  }

  /** SIGKILL, to a process alone or to all that it has started too. The supervisor starts it again. */
  async kill(name: ProcessName, wholeTree = false): Promise<Blow> {
    const pid = await this.pidOf(name);
    const inFlight = await this.flights.count();
    const family = wholeTree ? descendantsOf(pid) : [];
    for (const each of [pid, ...family]) signal(each, 'SIGKILL');
    const blow = this.note({ name, manner: 'kill', inFlight });
    this.killed.set(name, pid);
    return blow;
  }

  /** SIGSTOP, and SIGCONT after a while: whoever waits for it notices, it itself does not. */
  async stop(name: ProcessName, forMs: number): Promise<Blow> {
    const pid = await this.pidOf(name);
    const inFlight = await this.flights.count();
    const family = [pid, ...descendantsOf(pid)];
    for (const each of family) signal(each, 'SIGSTOP');
    const blow = this.note({ name, manner: 'stop', inFlight }, { forMs });
    await pause(forMs);
    for (const each of family) signal(each, 'SIGCONT');
    return blow;
  }

  note(blow: Blow, fields: object = {}): Blow {
    this.dealt.push(blow);
    if (isParticipant(blow.name)) this.participantsFreeAt = Date.now() + this.apartMs;
    this.history.note('blow', { ...blow, ...fields });
    return blow;
  }

  private async pidOf(name: ProcessName): Promise<number> {
    const { pid } = await this.system.unit(name);
    if (pid === null) throw new Error(`${name} has no process here: it was given by a URL, or is held down`);
    return pid;
  }
}
