import { WaybillError } from '#libs/kernel/errors.js';
import type { Payments } from '../../../apps/fulfilment/participants.js';
import type { Calls } from './faults.js';

/** What payments has stored. */
type State = 'STARTED' | 'CAPTURED' | 'DECLINED' | 'SETTLING' | 'SETTLED';
/** What the provider knows. It lets one of a confirm and a cancel succeed. */
type Intent = 'confirmable' | 'captured' | 'declined' | 'cancelled';

/**
 * Payments as they must behave, with the provider's ledger. An intent is stored before it is confirmed; a settle forbids
 * every later charge before it asks the provider what there is to give back.
 */
export class Money implements Payments {
  /** What the provider did, in its order. */
  readonly ledger: { readonly kind: 'charge' | 'refund'; readonly amount: number }[] = [];
  declines: 'PAYMENT_DECLINED' | 'INSUFFICIENT_FUNDS' | undefined;
  state: State | undefined;
  private intent: Intent = 'confirmable';
  private reason = '';

  constructor(private readonly calls: Calls) {}

  get captured(): number {
    return this.total('charge');
  }

  get refunded(): number {
    return this.total('refund');
  }

  charge: Payments['charge'] = ({ orderId, amount }) =>
    this.calls.call(
      'charge',
      () => this.refuseOr(() => (this.state ??= 'STARTED')),
      () => this.confirm(amount?.amount ?? 0),
      () => {
        if (this.state === 'STARTED') this.state = this.intent === 'captured' ? 'CAPTURED' : 'DECLINED';
        return this.refuseOr(() => this.answer(orderId));
      },
    );

  settle: Payments['settle'] = ({ orderId }) =>
    this.calls.call(
      'settle',
      () => this.state !== 'SETTLED' && this.state !== 'DECLINED' && (this.state = 'SETTLING'),
      () => this.state === 'SETTLING' && this.giveBack(),
      () => {
        if (this.state === 'SETTLING') this.state = 'SETTLED';
        return this.answer(orderId);
      },
    );

  private refuseOr<Result>(go: () => Result): Result {
    if (this.state === 'SETTLING' || this.state === 'SETTLED')
      throw new WaybillError('SETTLED', 'The charge was settled');
    if (this.state === 'DECLINED')
      throw new WaybillError(this.reason as 'PAYMENT_DECLINED', 'The payment was declined');
    return go();
  }

  private confirm(amount: number): void {
    if (this.intent !== 'confirmable') return;
    this.intent = this.declines ? 'declined' : 'captured';
    this.reason = this.declines ?? '';
    if (this.intent === 'captured') this.ledger.push({ kind: 'charge', amount });
  }

  private giveBack(): void {
    if (this.captured > this.refunded) this.ledger.push({ kind: 'refund', amount: this.captured - this.refunded });
    else if (this.intent === 'confirmable') this.intent = 'cancelled';
  }

  private answer(orderId: string) {
    const { captured, refunded } = this;
    return {
      orderId,
      state: this.state === 'SETTLED' ? ('CHARGE_STATE_REFUNDED' as const) : ('CHARGE_STATE_CAPTURED' as const),
      captured: { amount: captured, currency: 'EUR' },
      refunded: { amount: refunded, currency: 'EUR' },
      providerReference: 'pi_1',
      reason: '',
    };
  }

  private total(kind: 'charge' | 'refund'): number {
    return this.ledger.filter((entry) => entry.kind === kind).reduce((sum, entry) => sum + entry.amount, 0);
  }
}
