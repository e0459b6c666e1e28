import { bulkhead, BulkheadRejectedError, TaskCancelledError, type BulkheadPolicy as Compartment } from 'cockatiel';
import { WaybillError } from '#libs/kernel/errors.js';
import type { BulkheadPolicy } from './policy.js';
import { refuse } from './refuse.js';

const RETRY_AFTER_MS = 1_000;

/** Keeps one method of one dependency from holding more of this process than its share. */
export class Bulkhead {
  private readonly compartment: Compartment;

  constructor(
    private readonly name: string,
    private readonly policy: BulkheadPolicy,
  ) {
    this.compartment = bulkhead(policy.concurrent, policy.queued);
  }

  /** @throws WaybillError OVERLOADED when it is full; UNAVAILABLE when the caller left before its turn; else what `call` throws */
  async run<Answer>(call: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    try {
      return await this.compartment.execute(call, signal);
    } catch (error) {
      if (error instanceof BulkheadRejectedError)
        throw refuse('OVERLOADED', `As many calls of ${this.name} are under way as may be; try again`, RETRY_AFTER_MS);
      if (error instanceof TaskCancelledError) throw new WaybillError('UNAVAILABLE', 'The caller has gone');
      throw error;
    }
  }

  report() {
    const { executionSlots, queueSlots } = this.compartment;
    return { inUse: this.policy.concurrent - executionSlots, waiting: this.policy.queued - queueSlots };
  }
}
