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

  #carry<Result>(operation: Operation, moves: Moves<Result>, end: End<Result>): void {
    const trouble = this.choices.happens(this.inTrouble) ? this.choices.oneOf(TROUBLES) : undefined;
    switch (trouble) {
      case undefined:
        this.#deliver(operation, moves, end);
        break;
      case 'unreachable':
        this.#fail(`${operation} cannot be reached`, end);
        break;
      case 'broken off':
        this.#breakOff(operation, moves, end);
        break;
      case 'slow':
        this.#deliver(`${operation} (slow)`, moves, this.#withDeadline(operation, end));
        break;
      case 'twice':
        this.#deliver(operation, moves, end);
        this.#deliver(`${operation} (again)`, moves, NOBODY);
        break;
      default:
        trouble satisfies never;
    }
  }

  #deliver<Result>(operation: string, moves: Moves<Result>, end: End<Result>, done = 0): void {
    const which = moves.length > 1 ? ` ${done + 1} of ${moves.length}` : '';
    this.agenda.plan(`${operation}${which}`, HOP_MS, () => {
      try {
        const result = moves[done]?.(this.agenda.nowMs);
        if (done + 1 < moves.length) return this.#deliver(operation, moves, end, done + 1);
        // The last move's, by the type of Moves.
        this.#answer(`${operation} is answered`, end, () => end.resolve(result as Result));
      } catch (error) {
        const code = isWaybillError(error) ? error.code : String(error);
        this.#answer(`${operation} is answered: ${code}`, end, () => end.reject(error));
      }
    });
  }

  #answer<Result>(what: string, end: End<Result>, answer: () => void): void {
    if (end !== NOBODY) this.agenda.plan(what, HOP_MS, answer);
  }

  #breakOff<Result>(operation: Operation, moves: Moves<Result>, end: End<Result>): void {
    const done = 1 + (this.choices.draw() % moves.length);
    const lost = () => this.#fail(`${operation} is not answered: the connection was lost`, end);
    const some = moves.slice(0, done) as unknown as Moves<unknown>;
    this.#deliver(`${operation} (breaks off)`, some, { resolve: lost, reject: lost });
  }

  #fail(what: string, end: End<never>): void {
    this.agenda.plan(what, HOP_MS, () => end.reject(new WaybillError('UNAVAILABLE', what)));
  }

  #withDeadline<Result>(operation: Operation, { resolve, reject }: End<Result>): End<Result> {
    const late = () => reject(new WaybillError('DEADLINE_EXCEEDED', `${operation}: no answer in time`));
    const answered = this.agenda.plan(`${operation} is given up: no answer in time`, this.timeoutMs, late);
    return {
      resolve: (result) => (answered(), resolve(result)),
      reject: (error) => (answered(), reject(error)),
    };
  }
}

/** Who asked has the answer already. */
const NOBODY: End<unknown> = { resolve: () => undefined, reject: () => undefined };
