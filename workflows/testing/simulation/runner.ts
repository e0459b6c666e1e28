import { AsyncLocalStorage } from 'node:async_hooks';
import type { AmendReservationCall, StepAnswer, StepRecord } from '../../fulfil-order/contract.js';
import { AttemptFailed, failureOf } from '../../fulfil-order/failures.js';
import type { FulfilmentPolicy } from '../../fulfil-order/policy.js';
import type { FulfilmentStep } from '../../fulfil-order/steps.js';
import { StepStopped, type ResultOf, type RunningStep, type StepRunner } from '../../saga.js';
import type { Agenda } from './agenda.js';
import type { SimulatedRecords } from './records.js';
import type { Worker } from './worker.js';

/** What the saga asked its runner for, and what came of it, in that order. */
export interface Asked {
  readonly step: string;
  readonly what: 'do' | 'attempt' | 'cancelled' | 'arbiter' | 'undo' | 'undo failed' | 'undo ended';
}

interface Stop {
  asked: boolean;
  now: () => void;
}

interface AttemptEnd {
  readonly answer?: StepAnswer;
  readonly failure?: AttemptFailed;
  readonly unrecorded: StepRecord | undefined;
}

/** Runs the saga's steps as workflows/fulfil-order/attempts.ts does on Temporal, without attention and words for people. */
export class SimulatedRunner implements StepRunner<FulfilmentStep> {
  readonly asked: Asked[] = [];
  readonly mistakes: string[] = [];
  readonly #shield = new AsyncLocalStorage<true>();

  constructor(
    private readonly orderId: string,
    private readonly policy: FulfilmentPolicy,
    private readonly agenda: Agenda,
    private readonly worker: Worker,
    private readonly records: SimulatedRecords,
  ) {}

  run<Some extends FulfilmentStep>(step: Some): RunningStep<ResultOf<Some>> {
    this.asked.push({ step: step.name, what: 'do' });
    const stop: Stop = { asked: false, now: () => undefined };
    const end = this.#attempts(step, stop);
    return {
      end,
      stop: () => {
        stop.asked = true;
        stop.now();
      },
    };
  }

  /** Before a step that begins as a local activity: whoever takes over from a dead worker hears of a cancel before it begins anew. */
  async mayBeRunUnheard(step: FulfilmentStep): Promise<void> {
    if (!this.policy.steps[step.name].localFirst) return;
    if (!this.worker.runsUnheard(step.doing, (activities) => step.do(activities, 0))) return;
    await this.agenda.pause(`another worker takes over`, this.policy.firstPauseMs).over;
  }

  amendStock(call: AmendReservationCall): RunningStep<void> {
    const stop: Stop = { asked: false, now: () => undefined };
    const end = this.#repeat('Changing the reserved stock', async (attempt) => {
      if (stop.asked) throw new StepStopped();
      this.asked.push({ step: 'amendment', what: 'attempt' });
      await this.worker.run('Changing the reserved stock', (activities) => activities.amendReservation(call), attempt);
    });
    return { end, stop: () => void (stop.asked = true) };
  }

  async runUntilDone<Some extends FulfilmentStep>(step: Some): Promise<ResultOf<Some>> {
    this.#mustBeShielded(`${step.name} until done`);
    const before = this.policy.pausesMs.length;
    const answer = await this.#repeat(step.doing, (attempt) =>
      this.worker.run(step.doing, (activities) => step.do(activities, before), attempt),
    );
    await this.#record(answer.unrecorded);
    return answer as ResultOf<Some>;
  }

  async undoOnce(step: FulfilmentStep): Promise<boolean> {
    this.#mustBeShielded(`undo of ${step.name}`);
    this.asked.push({ step: step.name, what: 'undo' });
    try {
      this.#undone(step, await this.worker.run(step.undoing, (activities) => step.undo(activities, 0)));
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (!(failure instanceof AttemptFailed)) throw failure;
      this.asked.push({ step: step.name, what: 'undo failed' });
      return false;
    }
  }

  async undoUntilDone(step: FulfilmentStep): Promise<void> {
    this.#mustBeShielded(`undo of ${step.name}`);
    await this.agenda.pause(`pause before: ${step.undoing}`, this.policy.firstPauseMs).over;
    const undo = (attempt: number) => this.worker.run(step.undoing, (activities) => step.undo(activities, 1), attempt);
    this.#undone(step, await this.#repeat(step.undoing, undo));
  }

  async askArbiter(step: FulfilmentStep): Promise<boolean> {
    this.#mustBeShielded('asking the arbiter');
    this.asked.push({ step: step.name, what: 'arbiter' });
    const what = 'Asking the arbiter';
    const ask = async (attempt: number) =>
      (await this.worker.run(what, async (activities) => step.arbiter?.(activities), attempt)) ?? true;
    return this.#repeat(what, ask);
  }

  shielded<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#shield.run(true, work);
  }

  async #attempts<Some extends FulfilmentStep>(step: Some, stop: Stop): Promise<ResultOf<Some>> {
    let last: AttemptEnd = { unrecorded: undefined };
    try {
      for (const [attemptsBefore, pauseMs] of this.policy.pausesMs.entries()) {
        if (pauseMs > 0) await this.#pause(step, pauseMs, stop);
        if (stop.asked) throw new StepStopped();
        last = await this.#attempt(step, attemptsBefore);
        if (last.answer) return last.answer as ResultOf<Some>;
        if (last.failure?.refused) break;
      }
      throw last.failure ?? new Error('A step needs at least one attempt');
    } finally {
      await this.#record(last.unrecorded);
    }
  }

  async #attempt(step: FulfilmentStep, attemptsBefore: number): Promise<AttemptEnd> {
    this.asked.push({ step: step.name, what: 'attempt' });
    const what = `${step.doing}, attempt ${attemptsBefore + 1}`;
    try {
      const answer = await this.worker.run(what, (activities) => step.do(activities, attemptsBefore));
      return { answer, unrecorded: answer.unrecorded };
    } catch (error) {
      const failure = failureOf(error);
      if (!(failure instanceof AttemptFailed)) throw failure;
      const timedOut = () => this.#timedOut(step, attemptsBefore + 1);
      return { failure, unrecorded: failure.unrecorded === 'timed_out' ? timedOut() : failure.unrecorded };
    }
  }

  async #pause(step: FulfilmentStep, ms: number, stop: Stop): Promise<void> {
    const { over, cutShort } = this.agenda.pause(`pause before: ${step.doing}`, ms);
    stop.now = cutShort;
    if (stop.asked) cutShort();
    await over;
  }

  /** As Temporal repeats an activity. @throws what is refused for good: no repeat would change it. */
  async #repeat<Result>(what: string, once: (attempt: number) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(attempt);
      } catch (error) {
        const failure = failureOf(error);
        if (!(failure instanceof AttemptFailed) || failure.refused) throw failure;
      }
      await this.agenda.pause(`pause before: ${what}`, this.policy.firstPauseMs).over;
    }
  }

  #undone(step: FulfilmentStep, { unrecorded }: StepAnswer): void {
    this.asked.push({ step: step.name, what: 'undo ended' });
    if (unrecorded) this.records.meanwhile(() => this.#record(unrecorded));
  }

  async #record(unrecorded: StepRecord | undefined): Promise<void> {
    if (unrecorded) await this.records.write(`recording ${unrecorded.step}`, (orders) => orders.recordStep(unrecorded));
  }

  #timedOut({ name: step }: FulfilmentStep, attempt: number): StepRecord {
    const { orderId } = this;
    const times = { startedAt: null, endedAt: null };
    return { orderId, step, direction: 'do', attempt, outcome: 'timed_out', ...times, detail: 'No answer in time' };
  }

  #mustBeShielded(what: string): void {
    if (!this.#shield.getStore()) this.mistakes.push(`a cancellation by Temporal could end this: ${what}`);
  }
}
