import type { RecordActivities } from '../../fulfil-order/contract.js';
import { AttemptFailed, failureOf } from '../../fulfil-order/failures.js';
import type { Agenda } from './agenda.js';
import type { Worker } from './worker.js';

type Write = (activities: RecordActivities) => Promise<void>;

/** What the workflow writes into orders' log, as workflows/fulfil-order/records.ts does on Temporal. */
export class SimulatedRecords {
  #pending = 0;

  constructor(
    private readonly agenda: Agenda,
    private readonly worker: Worker,
    private readonly pauseMs: number,
  ) {}

  async write(what: string, write: Write): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.worker.run(what, write, attempt);
      } catch (error) {
        const failure = failureOf(error);
        if (!(failure instanceof AttemptFailed)) throw failure;
      }
      await this.agenda.pause(`pause before: ${what}`, this.pauseMs).over;
    }
  }

  /** As by a regular activity, which is not begun before the history holds what has led to it. */
  async writeAfterHistory(what: string, write: Write): Promise<void> {
    await this.agenda.pause(`the history holds what leads to ${what}`, 0).over;
    await this.write(what, write);
  }

  meanwhile(work: () => Promise<unknown>): void {
    this.#pending += 1;
    void work().then(() => (this.#pending -= 1));
  }

  get settled(): boolean {
    return this.#pending === 0;
  }
}
