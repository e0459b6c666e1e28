import { WaybillError } from '#libs/kernel/errors.js';
import type { Shipping } from '../../../apps/fulfilment/participants.js';
import type { Fact } from '../contract.js';
import type { Calls } from './faults.js';
import { sumOf } from './stock.js';

/** What shipping has stored. */
type State = 'STARTED' | 'SCHEDULED' | 'CANCELLING' | 'CANCELLED' | 'REFUSED' | 'DISPATCHED' | 'DELIVERED';
/** What the carrier knows. It decides between a hand-over and a cancel of the label. */
type Label = 'quoted' | 'bought' | 'void' | 'handed over' | 'delivered';

export const TWO_WEEKS = 14 * 86_400_000;

/** Shipping and its carrier as they must behave: the arbiter of "too late to cancel". */
export class Carrier implements Shipping {
  state: State | undefined;
  label: Label | undefined;
  serves = true;
  /** The parcel is handed over as soon as it is scheduled. */
  hasty = false;
  /** From the scheduling on, as promised. */
  deliversWithinMs = TWO_WEEKS;
  private deliverBy = new Date(0);
  /** What the parcel holds, and where it goes: what was scheduled first. */
  parcel: { readonly quantity: number; readonly line1: string } | undefined;

  constructor(private readonly calls: Calls) {}

  scheduleShipment: Shipping['scheduleShipment'] = ({ orderId, items, address }) =>
    this.calls.call(
      'schedule',
      () => this.start({ quantity: sumOf(items), line1: address?.line1 ?? '' }),
      () => this.buy(),
      (at) => {
        if (this.state === 'STARTED') this.state = 'SCHEDULED';
        if (this.deliverBy.getTime() === 0) this.deliverBy = new Date(at + this.deliversWithinMs);
        this.learn();
        this.refuseToSchedule();
        return this.answer(orderId);
      },
    );

  cancelShipment: Shipping['cancelShipment'] = ({ orderId }) =>
    this.calls.call(
      'cancel',
      () => this.beginCancel(),
      () => this.state === 'CANCELLING' && !this.left && (this.label = 'void'),
      () => {
        if (this.state === 'CANCELLING' && this.label === 'void') this.state = 'CANCELLED';
        this.learn();
        if (this.left) throw new WaybillError('TOO_LATE', 'The parcel has been handed over');
        return this.answer(orderId);
      },
    );

  /** Hands the parcel over. @throws Error when it was cancelled: a carrier that does so anyway is out of this model. */
  dispatch(): Fact {
    if (this.label !== 'bought' && this.label !== 'handed over') throw new Error(`Cannot dispatch: ${this.label}`);
    this.label = 'handed over';
    this.learn();
    return this.fact('dispatched');
  }

  deliver(): Fact {
    if (this.label !== 'handed over') throw new Error(`Cannot deliver: ${this.label}`);
    this.label = 'delivered';
    this.learn();
    return this.fact('delivered');
  }

  fact(kind: Fact['kind']): Fact {
    return { factId: `fact-${kind}`, kind, shipmentId: 'shipment-1', occurredAt: new Date().toISOString() };
  }

  private get left(): boolean {
    return this.label === 'handed over' || this.label === 'delivered';
  }

  private start(parcel: NonNullable<Carrier['parcel']>): void {
    this.parcel ??= parcel;
    if (this.state === undefined) {
      this.state = this.serves ? 'STARTED' : 'REFUSED';
      if (this.serves) this.label = 'quoted';
    }
    this.refuseToSchedule();
  }

  private buy(): void {
    if (this.label === 'quoted') this.label = this.hasty ? 'handed over' : 'bought';
  }

  private beginCancel(): void {
    if (this.state === undefined) this.state = 'CANCELLED';
    if (this.state === 'STARTED' || this.state === 'SCHEDULED') this.state = 'CANCELLING';
  }

  /** The carrier's word moves a shipment forward, whatever shipping was about to do. */
  private learn(): void {
    if (this.left) this.state = this.label === 'delivered' ? 'DELIVERED' : 'DISPATCHED';
  }

  private refuseToSchedule(): void {
    if (this.state === 'REFUSED') throw new WaybillError('NOT_SERVED', 'No carrier serves the address');
    if (this.state === 'CANCELLED') throw new WaybillError('SHIPMENT_CANCELLED', 'The shipment was cancelled');
    if (this.state === 'CANCELLING') throw new WaybillError('UNAVAILABLE', 'The carrier is deciding about a cancel');
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
