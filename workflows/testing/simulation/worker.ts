import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { TimeoutFailure, TimeoutType } from '@temporalio/common';
import { Activities } from '../../../apps/fulfilment/activities.js';
import type { Participants } from '../../../apps/fulfilment/participants.js';
import type { FulfilmentActivities } from '../../fulfil-order/contract.js';
import type { Agenda } from './agenda.js';
import type { Choices } from './choices.js';
import { straggling } from './network.js';

/**
 * What can become of an activity. `times out`: its worker is lost to Temporal, and may do its work all the same. `runs
 * again`: the worker died before Temporal heard of the end, as it does to a local activity.
 */
const TROUBLES = ['times out', 'runs again'] as const;

export type Work<Result> = (activities: FulfilmentActivities) => Promise<Result>;

/** Runs the real activities, as Temporal's worker would. */
export class Worker {
  readonly #activities: FulfilmentActivities;

  constructor(
    participants: Participants,
    private readonly agenda: Agenda,
    private readonly choices: Choices,
    /** How many activities of a hundred. */
    private readonly inTrouble: number,
    private readonly timeoutMs: number,
  ) {
    this.#activities = Activities.over(participants).table();
  }

  /** One execution of an activity: Temporal's attempt with this number. */
  run<Result>(what: string, work: Work<Result>, attempt = 1): Promise<Result> {
    const trouble = this.choices.happens(this.inTrouble) ? this.choices.oneOf(TROUBLES) : undefined;
    if (trouble === undefined) return this.#execute(work, attempt);
    straggling.run(true, () => this.#execute(work, attempt)).catch(() => undefined);
    if (trouble === 'runs again') {
      this.agenda.note(`${what}: the worker dies, another runs it again`);
      return this.#execute(work, attempt);
    }
    return new Promise((_, reject) => {
      const lost = () => reject(new TimeoutFailure(what, undefined, TimeoutType.START_TO_CLOSE));
      this.agenda.plan(`${what}: times out, its worker is lost`, this.timeoutMs, lost);
    });
  }

  /** Now and then a worker runs a step that it need not ask for, and dies with all that it knew. @returns whether this one did */
  runsUnheard(what: string, work: Work<unknown>): boolean {
    if (!this.choices.happens(this.inTrouble)) return false;
    this.agenda.note(`${what}: a worker runs it and dies, and nobody knows`);
    straggling.run(true, () => this.#execute(work, 1)).catch(() => undefined);
    return true;
  }

  #execute<Result>(work: Work<Result>, attempt: number): Promise<Result> {
    const info = { attempt, startToCloseTimeoutMs: this.timeoutMs };
    return asyncLocalStorage.run({ info } as Context, () => work(this.#activities));
  }
}
