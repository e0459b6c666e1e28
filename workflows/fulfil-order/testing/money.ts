import { WaybillError } from '#libs/kernel/errors.js';
import type { Payments } from '../../../apps/fulfilment/participants.js';
import type { Faults } from './faults.js';

/** Payments as they must behave, with the provider's ledger. */
export class Money implements Payments {
  /** What the provider did, in its order. */
  readonly ledger: { readonly kind: 'charge' | 'refund'; readonly amount: number }[] = [];
  declines: 'PAYMENT_DECLINED' | 'INSUFFICIENT_FUNDS' | undefined;
  private settled = false;

  constructor(private readonly faults: Faults) {}

  get captured(): number {
    return this.total('charge');
  }

  get refunded(): number {
    return this.total('refund');
  }

  charge: Payments['charge'] = ({ orderId, amount }) =>
    this.faults.call('charge', () => {
      if (this.settled) throw new WaybillError('SETTLED', 'The charge was settled');
      if (this.declines) throw new WaybillError(this.declines, 'The payment was declined');
      if (this.captured === 0) this.ledger.push({ kind: 'charge', amount: amount?.amount ?? 0 });
      return this.answer(orderId);
    });

  settle: Payments['settle'] = ({ orderId }) =>
    this.faults.call('settle', () => {
      if (this.captured > this.refunded) this.ledger.push({ kind: 'refund', amount: this.captured - this.refunded });
      this.settled = true;
      return this.answer(orderId);
    });

  private answer(orderId: string) {
    return {
      orderId,
      state: this.settled ? ('CHARGE_STATE_REFUNDED' as const) : ('CHARGE_STATE_CAPTURED' as const),
      captured: { amount: this.captured, currency: 'EUR' },
      refunded: { amount: this.refunded, currency: 'EUR' },
      providerReference: 'pi_1',
      reason: '',
    };
  }

  private total(kind: 'charge' | 'refund'): number {
    return this.ledger.filter((entry) => entry.kind === kind).reduce((sum, entry) => sum + entry.amount, 0);
  }
}
