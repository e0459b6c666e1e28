import { WaybillError } from '#libs/kernel/errors.js';

/** What the participants can be asked. */
export type Operation =
  | 'reserve'
  | 'amend'
  | 'release'
  | 'ship'
  | 'charge'
  | 'settle'
  | 'schedule'
  | 'cancel'
  | 'recordStep'
  | 'beginUndo'
  | 'recordEnding'
  | 'recordFact'
  | 'recordDecision'
  | 'recordAmendment'
  | 'recordAttention';

/**
 * How a call can go wrong. `down`: it never arrived. `lost reply`: it was done, the answer never came. `hang`: it never
 * arrived, and nobody says so. `hang after`: it was done, and nobody says so. `late`: it seems lost, but is done after
 * the order's undo.
 */
export type Fault = 'down' | 'lost reply' | 'hang' | 'hang after' | 'late';

/** What a participant does at once, and what can come between: what it commits first, what its provider does, what it commits then. */
export type Moves<Result> = readonly [...((at: number) => unknown)[], (at: number) => Result];

/** Whatever stands between the callers and a participant. */
export interface Calls {
  call<Result>(operation: Operation, ...moves: Moves<Result>): Promise<Result>;
}

interface Rule {
  readonly operation: Operation;
  readonly fault: Fault;
  readonly applies: (call: { readonly nth: number; readonly at: number }) => boolean;
}

type Hook = () => Promise<unknown> | void;

/** Stands between the activities and the participants: breaks calls as planned, and tells when they happen. */
export class Faults implements Calls {
  /** Told of every call, before it is done and before it is answered. */
  listener: (operation: Operation) => Promise<void> = async () => undefined;
  /** The server's clock, which tests skip. */
  clock: () => Promise<number> = async () => Date.now();
  private readonly hanging: (() => void)[] = [];
  private readonly rules: Rule[] = [];
  private readonly calls = new Map<Operation, number[]>();
  private readonly hooks = new Map<string, Hook>();
  private readonly late: (() => unknown)[] = [];

  /** Breaks these calls of an operation, counted from 1. */
  break(operation: Operation, fault: Fault, ...calls: number[]): void {
    this.rules.push({ operation, fault, applies: ({ nth }) => calls.includes(nth) });
  }

  /** Breaks every call for this long, by the server's clock, from the first one on. */
  breakFor(operation: Operation, fault: Fault, ms: number): void {
    let until: number | undefined;
    this.rules.push({ operation, fault, applies: ({ at }) => at < (until ??= at + ms) });
  }

  repair(operation: Operation): void {
    this.rules.splice(0, this.rules.length, ...this.rules.filter((rule) => rule.operation !== operation));
  }

  /** Runs `hook` once: before the operation's next call is done, or after it was done and before it is answered. */
  on(when: 'before' | 'after', operation: Operation, hook: Hook): void {
    this.hooks.set(`${when} ${operation}`, hook);
  }

  /** When the operation was called, by the server's clock. */
  callsOf(operation: Operation): readonly number[] {
    return this.calls.get(operation) ?? [];
  }

  /** Does what came late. */
  deliverLate(): void {
    for (const work of this.late.splice(0)) {
      try {
        work();
      } catch (error) {
        if (!(error instanceof WaybillError)) throw error;
      }
    }
  }

  async call<Result>(operation: Operation, ...moves: Moves<Result>): Promise<Result> {
    const work = (at: number) => moves.map((move) => move(at)).at(-1) as Result;
    await this.fire('before', operation);
    const at = await this.clock();
    const calls = [...this.callsOf(operation), at];
    this.calls.set(operation, calls);
    const applies = (rule: Rule) => rule.operation === operation && rule.applies({ nth: calls.length, at });
    const fault = this.rules.find(applies)?.fault;
    if (fault === 'hang') return await this.hang(operation);
    if (fault === 'late') this.late.push(() => work(at));
    if (fault === 'down' || fault === 'late') throw new WaybillError('UNAVAILABLE', `${operation} cannot be reached`);
    const result = work(at);
    await this.fire('after', operation);
    if (fault === 'hang after') return await this.hang(operation);
    if (fault === 'lost reply') throw new WaybillError('UNAVAILABLE', `${operation}: the answer was lost`);
    return result;
  }

  /** Ends the calls that hang, so that the worker can stop. */
  release(): void {
    for (const end of this.hanging.splice(0)) end();
  }

  private hang(operation: Operation): Promise<never> {
    return new Promise((_, reject) => {
      this.hanging.push(() => reject(new WaybillError('UNAVAILABLE', `${operation} is over`)));
    });
  }

  private async fire(when: 'before' | 'after', operation: Operation): Promise<void> {
    await this.listener(operation);
    const name = `${when} ${operation}`;
    const hook = this.hooks.get(name);
    this.hooks.delete(name);
    await hook?.();
  }
}
