import { CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import type { ResultOf, RunningStep, StepRunner } from '../saga.js';
import { oneAttempt, repeated, repeatedUntilStopped } from './activities.js';
import type { Attention } from './attention.js';
import type { AmendReservationCall, StepAnswer, StepRecord } from './contract.js';
import { now, type Display } from './display.js';
import { AttemptFailed, failureOf } from './failures.js';
import type { FulfilmentPolicy } from './policy.js';
import type { Records } from './records.js';
import type { FulfilmentStep } from './steps.js';
import { readable } from '../readable.js';

interface AttemptEnd {
  readonly answer?: StepAnswer;
  readonly failure?: AttemptFailed;
  readonly unrecorded: StepRecord | undefined;
}

/** Runs the saga's steps on Temporal. Each attempt is numbered and recorded in orders, by its activity or else from here. */
export class Attempts implements StepRunner<FulfilmentStep> {
  #answeredIn = 0;

  constructor(
    private readonly orderId: string,
    private readonly policy: FulfilmentPolicy,
    private readonly records: Records,
    private readonly attention: Attention,
    private readonly display: Display,
  ) {}

  /** In which workflow task the last step was answered, by the length of the history when that began. */
  get answeredIn(): number {
    return this.#answeredIn;
  }

  run<Some extends FulfilmentStep>(step: Some): RunningStep<ResultOf<Some>> {
    const scope = new CancellationScope();
    return { end: scope.run(() => this.#attempts(step)), stop: () => scope.cancel() };
  }

  /** Changes what the step before has reserved; repeated until there is an answer, or until it is stopped. */
  amendStock(call: AmendReservationCall): RunningStep<void> {
    const scope = new CancellationScope();
    const changing = 'Changing the reserved stock';
    const amend = async () => {
      this.display.show('amendment', `${changing}, since ${now()}`);
      const activities = repeatedUntilStopped(this.policy, 'reserve-inventory', changing);
      const reason = `${changing} has kept failing since ${now()}`;
      try {
        await this.attention.watch('reserve-inventory', reason, () => activities.amendReservation(call));
      } catch (error) {
        throw failureOf(error);
      } finally {
        this.display.hide('amendment');
      }
    };
    return { end: scope.run(amend), stop: () => scope.cancel() };
  }

  async runUntilDone<Some extends FulfilmentStep>(step: Some): Promise<ResultOf<Some>> {
    const reason = `${step.doing}: the parcel has been handed over, but its data are not known since ${now()}`;
    this.display.show(step.name, `${reason}. It is repeated until they are.`);
    const work = () => step.do(repeated(this.policy, step, step.doing), this.policy.pausesMs.length);
    const answer = await this.attention.watch(step.name, reason, work);
    this.display.hide(step.name);
    await this.#record(answer.unrecorded);
    return answer as ResultOf<Some>;
  }

  async undoOnce(step: FulfilmentStep): Promise<boolean> {
    this.display.show(step.name, `${step.undoing}, since ${now()}`);
    try {
      this.#undone(step, await step.undo(oneAttempt(this.policy, step, step.undoing), 0));
      return true;
    } catch (error) {
      const failure = failureOf(error);
      // What is unrecorded of it is not lost: the next attempt's record makes orders fill it in.
      if (failure instanceof AttemptFailed) return false;
      throw failure;
    }
  }

  async undoUntilDone(step: FulfilmentStep): Promise<void> {
    const reason = `${step.undoing} has kept failing since ${now()}`;
    this.display.show(step.name, `${reason}. It is repeated until it succeeds.`);
    await this.attention.watch(step.name, reason, async () => {
      await sleep(this.policy.firstPauseMs, { summary: readable(`Pause before ${step.undoing.toLowerCase()} again`) });
      this.#undone(step, await step.undo(repeated(this.policy, step, step.undoing), 1));
    });
  }

  async askArbiter(step: FulfilmentStep): Promise<boolean> {
    const question = 'Asking shipping whether the parcel can still be stopped';
    this.display.show('arbiter', `${question}, since ${now()}`);
    const ask = async () => (await step.arbiter?.(repeated(this.policy, step, question))) ?? true;
    const stopped = await this.attention.watch(step.name, `${question}: no answer since ${now()}`, ask);
    this.display.hide('arbiter');
    return stopped;
  }

  shielded<Result>(work: () => Promise<Result>): Promise<Result> {
    return CancellationScope.nonCancellable(work);
  }

  /** Whatever ends the attempts, the last one is recorded: those before it were, or are filled in by orders. */
  async #attempts<Some extends FulfilmentStep>(step: Some): Promise<ResultOf<Some>> {
    const { pausesMs } = this.policy;
    let last: AttemptEnd = { unrecorded: undefined };
    try {
      for (const [attemptsBefore, pauseMs] of pausesMs.entries()) {
        if (pauseMs > 0) await this.#pause(step, attemptsBefore, pauseMs);
        last = await this.#attempt(step, attemptsBefore);
        if (last.answer) return last.answer as ResultOf<Some>;
        if (last.failure?.refused) break;
      }
      throw last.failure ?? new Error('A step needs at least one attempt');
    } catch (error) {
      throw failureOf(error);
    } finally {
      await this.#record(last.unrecorded);
      this.display.hide(step.name);
    }
  }

  async #attempt(step: FulfilmentStep, attemptsBefore: number): Promise<AttemptEnd> {
    const which = `attempt ${attemptsBefore + 1} of ${this.policy.pausesMs.length}`;
    this.display.show(step.name, `${step.doing}, ${which}, since ${now()}`);
    const local = attemptsBefore === 0 && this.policy.steps[step.name].localFirst;
    try {
      const answer = await step.do(oneAttempt(this.policy, step, `${step.doing}, ${which}`, local), attemptsBefore);
      this.#answeredIn = workflowInfo().historyLength;
      return { answer, unrecorded: answer.unrecorded };
    } catch (error) {
      const failure = failureOf(error);
      if (!(failure instanceof AttemptFailed)) throw failure;
      const timedOut = () => timedOutRecord(this.orderId, step, attemptsBefore + 1);
      return { failure, unrecorded: failure.unrecorded === 'timed_out' ? timedOut() : failure.unrecorded };
    }
  }

  #pause(step: FulfilmentStep, attemptsBefore: number, pauseMs: number): Promise<void> {
    const next = `Pause before attempt ${attemptsBefore + 1} of ${step.name}`;
    this.display.show(step.name, `${next}, since ${now()}`);
    return sleep(pauseMs, { summary: readable(next) });
  }

  /** The undo has succeeded. That orders cannot be told of it now must not hold up the other undos. */
  #undone(step: FulfilmentStep, { unrecorded }: StepAnswer): void {
    this.display.hide(step.name);
    if (unrecorded) this.records.writeMeanwhile((orders) => orders.recordStep(unrecorded), `Record: ${step.undoing}`);
  }

  async #record(unrecorded: StepRecord | undefined): Promise<void> {
    if (unrecorded) await this.records.write((orders) => orders.recordStep(unrecorded), `Record: ${unrecorded.step}`);
  }
}

function timedOutRecord(orderId: string, step: FulfilmentStep, attempt: number): StepRecord {
  const unknown = { startedAt: null, endedAt: null };
  return {
    orderId,
    step: step.name,
    direction: 'do',
    attempt,
    outcome: 'timed_out',
    ...unknown,
    detail: 'No answer in time',
  };
}
