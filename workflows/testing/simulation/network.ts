import { AsyncLocalStorage } from 'node:async_hooks';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import type { Calls, Moves, Operation } from '../../fulfil-order/testing/faults.js';
import type { Agenda } from './agenda.js';
import type { Choices } from './choices.js';

/**
 * What can become of a call. `broken off`: the callee dies after some of its moves, or its answer is lost. `slow`: the
 * caller may have given up before it is done, and it is done all the same, sooner or later. `twice`: it arrives twice.
 */
const TROUBLES = ['unreachable', 'broken off', 'slow', 'twice'] as const;

const HOP_MS = 10;

interface End<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A call on its way to a participant. */
interface Trip<Result> {
  readonly what: string;
  readonly moves: Moves<Result>;
  /** Nobody's, when who asked has given up, or has the answer already. */
  readonly end?: End<Result>;
  readonly late?: boolean;
}

/** Whose caller is lost to everybody: what it asks for comes late. */
export const straggling = new AsyncLocalStorage<true>();

/** Carries calls to the participants: every move of theirs, and each answer, is an event of its own on the agenda. */
export class Network implements Calls {
  constructor(
    private readonly agenda: Agenda,
    private readonly choices: Choices,
    /** How many calls of a hundred. */
    private readonly inTrouble: number,
    private readonly timeoutMs: number,
  ) {}

  call<Result>(operation: Operation, ...moves: Moves<Result>): Promise<Result> {
    return new Promise((resolve, reject) => this.#carry(operation, moves, { resolve, reject }));
  }

  #carry<Result>(what: Operation, moves: Moves<Result>, end: End<Result>): void {
    const late = straggling.getStore() === true;
    const trouble = this.choices.happens(this.inTrouble) ? this.choices.oneOf(TROUBLES) : undefined;
    switch (trouble) {
      case undefined:
        return this.#deliver({ what, moves, end, late });
      case 'unreachable':
        return this.#fail(`${what} cannot be reached`, end);
      case 'broken off':
        return this.#breakOff({ what, moves, end, late });
      case 'slow':
        return this.#deliver({ what: `${what} (slow)`, moves, end: this.#withDeadline(what, end), late: true });
      case 'twice':
        this.#deliver({ what, moves, end, late });
        return this.#deliver({ what: `${what} (again)`, moves, late: true });
      default:
        trouble satisfies never;
    }
  }

  #deliver<Result>(trip: Trip<Result>, done = 0): void {
    const { what, moves, end, late = false } = trip;
    const which = moves.length > 1 ? ` ${done + 1} of ${moves.length}` : '';
    const move = () => {
      try {
        const result = moves[done]?.(this.agenda.nowMs);
        if (done + 1 < moves.length) return this.#deliver(trip, done + 1);
        // The last move's, by the type of Moves.
        if (end) this.agenda.plan(`${what} is answered`, HOP_MS, () => end.resolve(result as Result));
      } catch (error) {
        const code = isWaybillError(error) ? error.code : String(error);
        if (end) this.agenda.plan(`${what} is answered: ${code}`, HOP_MS, () => end.reject(error));
      }
    };
    this.agenda.plan(`${what}${which}`, HOP_MS, move, late);
  }

  #breakOff<Result>({ what, moves, end, late = false }: Trip<Result> & { end: End<Result> }): void {
    const some = moves.slice(0, 1 + (this.choices.draw() % moves.length)) as unknown as Moves<unknown>;
    const lost = () => this.#fail(`${what} is not answered: the connection was lost`, end);
    this.#deliver({ what: `${what} (breaks off)`, moves: some, end: { resolve: lost, reject: lost }, late });
  }

  #fail(what: string, end: End<never>): void {
    this.agenda.plan(what, HOP_MS, () => end.reject(new WaybillError('UNAVAILABLE', what)));
  }

  #withDeadline<Result>(operation: Operation, { resolve, reject }: End<Result>): End<Result> {
    const tooLate = () => reject(new WaybillError('DEADLINE_EXCEEDED', `${operation}: no answer in time`));
    const answered = this.agenda.plan(`${operation} is given up: no answer in time`, this.timeoutMs, tooLate);
    return {
      resolve: (result) => (answered(), resolve(result)),
      reject: (error) => (answered(), reject(error)),
    };
  }
}
