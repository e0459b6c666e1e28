import { CircuitState, type IBreaker } from 'cockatiel';
import type { BreakerPolicy } from './policy.js';

interface Slice {
  readonly number: number;
  calls: number;
  failures: number;
}

const SLICES = 10;

/**
 * Counts the calls of the last `windowMs`, and says when too many of them have failed. (cockatiel's own sampling forgets old calls
 * only as new ones come: a burst of failures would still count hours later.)
 */
export class FailureWindow implements IBreaker {
  /** For cockatiel, which would store it. */
  state: unknown;
  private slices: Slice[] = [];

  constructor(
    private readonly policy: BreakerPolicy,
    private readonly now: () => number = Date.now,
  ) {}

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.slices = [];
    this.current().calls += 1;
  }

  /** True when it is too many. */
  failure(): boolean {
    const slice = this.current();
    slice.calls += 1;
    slice.failures += 1;
    const { calls, failures } = this.counts();
    return calls >= this.policy.minCalls && failures >= calls * this.policy.failureShare;
  }

  counts(): { readonly calls: number; readonly failures: number } {
    const oldest = this.sliceNumber() - SLICES;
    this.slices = this.slices.filter(({ number }) => number > oldest);
    return this.slices.reduce(
      (sum, slice) => ({ calls: sum.calls + slice.calls, failures: sum.failures + slice.failures }),
      { calls: 0, failures: 0 },
    );
  }

  private current(): Slice {
    const number = this.sliceNumber();
    const last = this.slices.at(-1);
    if (last?.number === number) return last;
    const slice = { number, calls: 0, failures: 0 };
    this.slices = [...this.slices.slice(1 - SLICES), slice];
    return slice;
  }

  private sliceNumber(): number {
    return Math.floor(this.now() / (this.policy.windowMs / SLICES));
  }
}
