import type { Resilience } from '#libs/resilience/resilience.js';
import { Carrier, type Label, type Parcel, type Purchase, type Quote, type Voiding } from './carrier.js';

/** A carrier behind the breakers and bulkheads of the policy table. "Not served" is an answer. */
export class GuardedCarrier extends Carrier {
  constructor(
    private readonly carrier: Carrier,
    private readonly resilience: Resilience<'shipping'>,
  ) {
    super();
  }

  override quote(parcel: Parcel): Promise<Quote> {
    return this.resilience.guard('carrier', 'quote').run(() => this.carrier.quote(parcel));
  }

  override buy(label: Label): Promise<Purchase> {
    return this.resilience.guard('carrier', 'buy').run(() => this.carrier.buy(label));
  }

  override void(label: Label): Promise<Voiding> {
    return this.resilience.guard('carrier', 'void').run(() => this.carrier.void(label));
  }
}
