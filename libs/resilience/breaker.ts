import { BrokenCircuitError, circuitBreaker, CircuitState, handleType, type CircuitBreakerPolicy } from 'cockatiel';
import { unreachable } from '#libs/kernel/errors.js';
import { FailureWindow } from './failure-window.js';
import type { BreakerPolicy } from './policy.js';
import { refuse } from './refuse.js';
import type { Verdict } from './verdict.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** How an attempt ended that did not throw what a breaker counts. */
type Outcome<Answer> = { readonly answer: Answer } | { readonly refusal: unknown };

class Failure extends Error {
  constructor(readonly reason: unknown) {
    super('counted by the breaker');
  }
}
/** Counts neither as a failure nor as an answer. */
class Nothing extends Failure {}

/** While one call finds out, so long the others stay away. */
const PROBE_MS = 1_000;

/** Refuses calls to what has failed too often lately; lets one through when its time has come, and closes or opens by how that ends. */
export class Breaker {
  private readonly window: FailureWindow;
  private readonly circuit: CircuitBreakerPolicy;
  /** When it came into its state. */
  private changedAt = Date.now();
  private timesOpened = 0;

  constructor(
    private readonly name: string,
    private readonly policy: BreakerPolicy,
    onChange: (to: BreakerState) => void = () => undefined,
  ) {
    this.window = new FailureWindow(policy);
    this.circuit = circuitBreaker(
      handleType(Failure, (error) => !(error instanceof Nothing)),
      { breaker: this.window, halfOpenAfter: policy.openMs },
    );
    this.circuit.onStateChange((state) => {
      this.changedAt = Date.now();
      if (state === CircuitState.Open) this.timesOpened += 1;
      onChange(nameOf(state));
    });
  }

  /**
   * @param call is told whether it is the one that finds out: then it must not be cancelled, for others wait for what it finds.
   * @throws WaybillError UNAVAILABLE at once while open; else what `call` throws
   */
  async run<Answer>(call: (probing: boolean) => Promise<Answer>, judge: (error: unknown) => Verdict): Promise<Answer> {
    // cockatiel would have it wait for what the probe finds.
    if (this.circuit.state === CircuitState.HalfOpen) throw this.refusal();
    try {
      const outcome = await this.circuit.execute(() => this.attempt(call, judge));
      if ('answer' in outcome) return outcome.answer;
      throw outcome.refusal;
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw this.refusal();
      throw error instanceof Failure ? error.reason : error;
    }
  }

  get state(): BreakerState {
    return nameOf(this.circuit.state);
  }

  report() {
    return { state: this.state, since: new Date(this.changedAt), opened: this.timesOpened, ...this.window.counts() };
  }

  private async attempt<Answer>(
    call: (probing: boolean) => Promise<Answer>,
    judge: (error: unknown) => Verdict,
  ): Promise<Outcome<Answer>> {
    const probing = this.circuit.state === CircuitState.HalfOpen;
    try {
      return { answer: await call(probing) };
    } catch (error) {
      const verdict = judge(error);
      if (verdict === 'answered') return { refusal: error };
      // A probe that finds out nothing must not close it.
      if (verdict === 'failed' || probing) throw new Failure(error);
      throw new Nothing(error);
    }
  }

  private refusal(): Error {
    const left = this.state === 'open' ? this.changedAt + this.policy.openMs - Date.now() : PROBE_MS;
    return refuse('UNAVAILABLE', `${this.name} has failed too often of late; it is asked again in a moment`, left);
  }
}

function nameOf(state: CircuitState): BreakerState {
  switch (state) {
    case CircuitState.Closed:
      return 'closed';
    case CircuitState.Open:
    case CircuitState.Isolated:
      return 'open';
    case CircuitState.HalfOpen:
      return 'half-open';
    default:
      return unreachable(state);
  }
}
