import { WaybillError } from '#libs/kernel/errors.js';
import type { Shipping } from '../../../apps/fulfilment/participants.js';
import type { Fact } from '../contract.js';
import type { Faults } from './faults.js';

type State = 'SCHEDULED' | 'DISPATCHED' | 'DELIVERED' | 'CANCELLED';

export const TWO_WEEKS = 14 * 86_400_000;

/** Shipping and its carrier as they must behave: the arbiter of "too late to cancel". */
export class Carrier implements Shipping {
  state: State | undefined;
  serves = true;
  /** The parcel is handed over as soon as it is scheduled. */
  hasty = false;
  private deliverBy = new Date(0);

  constructor(private readonly faults: Faults) {}

  scheduleShipment: Shipping['scheduleShipment'] = ({ orderId }) =>
    this.faults.call('schedule', (at) => {
      if (this.state === 'CANCELLED') throw new WaybillError('SHIPMENT_CANCELLED', 'The shipment was cancelled');
      if (!this.serves) throw new WaybillError('NOT_SERVED', 'No carrier serves the address');
      if (this.state === undefined) {
        this.state = this.hasty ? 'DISPATCHED' : 'SCHEDULED';
        this.deliverBy = new Date(at + TWO_WEEKS);
      }
      return this.answer(orderId);
    });

  cancelShipment: Shipping['cancelShipment'] = ({ orderId }) =>
    this.faults.call('cancel', () => {
      if (this.state === 'DISPATCHED' || this.state === 'DELIVERED') {
        throw new WaybillError('TOO_LATE', 'The parcel has been handed over');
      }
      this.state = 'CANCELLED';
      return this.answer(orderId);
    });

  /** Hands the parcel over. @throws Error when it was cancelled: a carrier that does so anyway is out of this model. */
  dispatch(): Fact {
    if (this.state !== 'SCHEDULED' && this.state !== 'DISPATCHED') throw new Error(`Cannot dispatch: ${this.state}`);
    this.state = 'DISPATCHED';
    return this.fact('dispatched');
  }

  deliver(): Fact {
    if (this.state !== 'DISPATCHED') throw new Error(`Cannot deliver: ${this.state}`);
    this.state = 'DELIVERED';
    return this.fact('delivered');
  }

  fact(kind: Fact['kind']): Fact {
    return { factId: `fact-${kind}`, kind, shipmentId: 'shipment-1', occurredAt: new Date().toISOString() };
  }

  private answer(orderId: string) {
    const deliverBy = this.deliverBy;
    return {
      id: 'shipment-1',
      orderId,
      state: 'SHIPMENT_STATE_SCHEDULED' as const,
      tracking: 'TRACK1',
      items: [],
      deliverBy,
    };
  }
}
