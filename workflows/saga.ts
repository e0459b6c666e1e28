/**
 * A saga: steps one after the other, undone in reverse when one of them fails or a cancel is accepted.
 * It decides what happens and in which order; all that takes time or can fail is its runner's, so that it runs
 * under Temporal and under a simulation alike.
 */

/** What a step does and how that is undone, in one declaration. Every part of it can be repeated without harm. */
export interface Step {
  readonly name: string;
  readonly do: (...context: never[]) => Promise<unknown>;
  /** Succeeds for what was never done, and keeps it from being done later. */
  readonly undo: (...context: never[]) => Promise<unknown>;
  /** On a step that starts what soon cannot be taken back: stops it for good (true), or says that it is too late (false). */
  readonly arbiter?: (...context: never[]) => Promise<boolean>;
}
export type ResultOf<S extends Step> = Awaited<ReturnType<S['do']>>;

export interface RunningStep<Result> {
  /** Rejects with StepFailed or StepStopped. */
  readonly end: Promise<Result>;
  /** No further attempt is made. `end` still waits for the one under way. */
  readonly stop: () => void;
}

export interface StepRunner<S extends Step> {
  /** A limited number of attempts. */
  run<Some extends S>(step: Some): RunningStep<ResultOf<Some>>;
  runUntilDone<Some extends S>(step: Some): Promise<ResultOf<Some>>;
  /** One attempt; false when it failed. */
  undoOnce(step: S): Promise<boolean>;
  undoUntilDone(step: S): Promise<void>;
  /** Repeats the question until there is an answer. */
  askArbiter(step: S): Promise<boolean>;
  /** Runs `work` where no cancellation reaches it. */
  shielded<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A step's attempts are used up, or it was refused: then it certainly did nothing, and never will. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(
    readonly code: string,
    readonly refused: boolean,
    message: string,
  ) {
    super(message);
  }
}

/** The step was stopped between two attempts, or before the first. */
export class StepStopped extends Error {
  override readonly name = 'StepStopped';
}

export type Turn = { readonly because: 'cancelled' } | { readonly because: 'failed'; readonly code: string };

/** The saga goes no further: it has to be undone. */
export class TurnedBack extends Error {
  override readonly name = 'TurnedBack';

  constructor(readonly turn: Turn) {
    super(turn.because === 'failed' ? turn.code : turn.because);
  }
}

export type Decision =
  { readonly decision: 'accepted' } | { readonly decision: 'refused'; readonly code: 'TOO_LATE' | 'ALREADY_FINAL' };

const ACCEPTED: Decision = { decision: 'accepted' };
const TOO_LATE: Decision = { decision: 'refused', code: 'TOO_LATE' };
const ALREADY_FINAL: Decision = { decision: 'refused', code: 'ALREADY_FINAL' };

export class Saga<S extends Step> {
  readonly #started: S[] = [];
  #running: RunningStep<unknown> | undefined;
  #verdict: Promise<boolean> | undefined;
  #turn: Turn | undefined;
  #completed = false;

  /** `steps`: all of them, in the order in which they are run. */
  constructor(
    private readonly runner: StepRunner<S>,
    private readonly steps: readonly S[] = [],
  ) {}

  get turnedBack(): boolean {
    return this.#turn !== undefined;
  }

  /** Nothing can be asked of it any more. */
  get over(): boolean {
    return this.turnedBack || this.#completed;
  }

  /** @throws TurnedBack when the saga has to be undone. */
  goOn(): void {
    if (this.#turn !== undefined) throw new TurnedBack(this.#turn);
  }

  /** @throws TurnedBack when the step failed, or when a cancel was accepted meanwhile. */
  async run<Some extends S>(step: Some): Promise<ResultOf<Some>> {
    this.goOn();
    // Before it runs: a step whose answer never came may have happened all the same.
    this.#started.push(step);
    const running = this.runner.run(step);
    this.#running = running;
    const result = await running.end.catch((error: unknown) => this.#afterFailure(step, error));
    this.goOn();
    return result;
  }

  /**
   * Changes between two steps what an earlier one did; that one's undo takes the change along. An accepted cancel stops it.
   * @throws TurnedBack when a cancel was accepted meanwhile, StepFailed when it was refused.
   */
  async change(change: () => RunningStep<unknown>): Promise<void> {
    this.goOn();
    const running = change();
    this.#running = running;
    await running.end.catch((error: unknown) => {
      this.goOn();
      throw error;
    });
    this.goOn();
  }

  /** Nothing can be cancelled any more. */
  complete(): void {
    this.#completed = true;
  }

  /** Decides a request to cancel: one turn of events for all who ask. Waits for the arbiter at most, never for the undo. */
  async cancel(): Promise<Decision> {
    if (this.#turn === undefined && !this.#completed) {
      const arbitrated = arbitratedOf(this.#begun());
      const mayTurnBack = arbitrated === undefined || (await this.#askArbiter(arbitrated));
      if (!mayTurnBack) return TOO_LATE;
      this.#turn ??= { because: 'cancelled' };
      this.#running?.stop();
    }
    return this.#turn?.because === 'cancelled' ? ACCEPTED : ALREADY_FINAL;
  }

  /**
   * Undoes what was started, in reverse. An undo starts when the one before it has ended or has failed once, so that one
   * that keeps failing does not hold up the others. Returns when all have ended.
   */
  undo(): Promise<void> {
    return this.runner.shielded(async () => {
      const repeated: Promise<void>[] = [];
      const begun = this.#turn?.because === 'cancelled' ? this.#begun() : this.#started;
      for (const step of begun.toReversed()) {
        if (!(await this.runner.undoOnce(step))) repeated.push(this.runner.undoUntilDone(step));
      }
      await Promise.all(repeated);
    });
  }

  /** Turns back, unless the arbiter says that what the step started cannot be taken back: then the step is repeated until its answer is known. */
  async #afterFailure<Some extends S>(step: Some, failure: unknown): Promise<ResultOf<Some>> {
    if (failure instanceof StepStopped) this.goOn();
    if (!(failure instanceof StepFailed)) throw failure;
    if (!this.turnedBack && (await this.#mayTurnBack(failure)))
      this.#turn ??= { because: 'failed', code: failure.code };
    this.goOn();
    return this.runner.shielded(() => this.runner.runUntilDone(step));
  }

  /** A refusal needs no arbiter, unless one was asked already: its answer may be the reason of the refusal. */
  async #mayTurnBack(failure: StepFailed): Promise<boolean> {
    const arbitrated = arbitratedOf(this.#started);
    if (arbitrated === undefined || (failure.refused && this.#verdict === undefined)) return true;
    return this.#askArbiter(arbitrated);
  }

  /**
   * What was started, and what comes next: a process that ran the next step may have died before anybody wrote that down,
   * and the one that takes over sees the cancel first. A failure is told in no such way: what it is of was started.
   */
  #begun(): readonly S[] {
    const next = this.steps[this.#started.length];
    return next === undefined ? this.#started : [...this.#started, next];
  }

  /** Asked once, whoever needs to know: both of its answers are for good. */
  #askArbiter(step: S): Promise<boolean> {
    this.#verdict ??= this.runner.shielded(() => this.runner.askArbiter(step));
    return this.#verdict;
  }
}

function arbitratedOf<S extends Step>(steps: readonly S[]): S | undefined {
  return steps.find((step) => step.arbiter !== undefined);
}
