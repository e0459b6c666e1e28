import { WaybillError } from '#libs/kernel/errors.js';
import type { Inventory } from '../../../apps/fulfilment/participants.js';
import type { Calls } from './faults.js';

type State = 'HELD' | 'RESERVED' | 'RELEASED' | 'SHIPPED';

/** Inventory as it must behave: idempotent on the order, with a tombstone for an undo that comes first. */
export class Stock implements Inventory {
  available: number;
  held = 0;
  reserved = 0;
  shipped = 0;
  state: State | undefined;
  private quantity = 0;
  /** What became of each command to amend. */
  private readonly amendments = new Map<string, 'applied' | 'refused'>();

  constructor(
    private readonly calls: Calls,
    public received: number,
  ) {
    this.available = received;
  }

  /** Nothing was ever received. */
  empty(): void {
    this.received = 0;
    this.available = 0;
  }

  /** Sets units aside for the order, as accepting does; a hold ends by itself. */
  hold(quantity: number): void {
    this.quantity = quantity;
    this.available -= quantity;
    this.held = quantity;
    this.state = 'HELD';
  }

  expire(): void {
    if (this.state === 'HELD') this.state = undefined;
    this.available += this.held;
    this.held = 0;
  }

  /** Somebody else buys all that is left. */
  sellOut(): void {
    this.received -= this.available;
    this.available = 0;
  }

  reserve: Inventory['reserve'] = ({ orderId, lines }) =>
    this.calls.call('reserve', () => {
      if (this.state === 'RELEASED') throw new WaybillError('RELEASED', 'The reservation was released');
      if (this.state === 'HELD') this.expire();
      if (this.state === undefined) {
        const quantity = sumOf(lines);
        if (quantity > this.available) throw new WaybillError('OUT_OF_STOCK', 'Not enough stock');
        this.quantity = quantity;
        this.available -= quantity;
        this.reserved += quantity;
        this.state = 'RESERVED';
      }
      return this.answer(orderId);
    });

  amendReservation: Inventory['amendReservation'] = ({ orderId, commandId, lines }) =>
    this.calls.call('amend', () => {
      if (this.state === 'RELEASED') throw new WaybillError('RELEASED', 'The reservation was released');
      if (this.state !== 'RESERVED') throw new WaybillError('NOT_FOUND', 'Nothing is reserved');
      const more = sumOf(lines) - this.quantity;
      const known = this.amendments.get(commandId) ?? (more > this.available ? 'refused' : 'applied');
      if (known === 'applied' && !this.amendments.has(commandId)) {
        this.quantity += more;
        this.available -= more;
        this.reserved += more;
      }
      this.amendments.set(commandId, known);
      if (known === 'refused') throw new WaybillError('OUT_OF_STOCK', 'Not enough stock');
      return this.answer(orderId);
    });

  release: Inventory['release'] = ({ orderId }) =>
    this.calls.call('release', () => {
      if (this.state === 'SHIPPED') throw new WaybillError('INTERNAL', 'Shipped stock cannot be released');
      this.expire();
      if (this.state === 'RESERVED') {
        this.available += this.quantity;
        this.reserved -= this.quantity;
      }
      this.state = 'RELEASED';
      return this.answer(orderId);
    });

  ship: Inventory['ship'] = ({ orderId }) =>
    this.calls.call('ship', () => {
      if (this.state !== 'RESERVED' && this.state !== 'SHIPPED') {
        throw new WaybillError('INTERNAL', 'Only reserved stock can be shipped');
      }
      if (this.state === 'RESERVED') {
        this.reserved -= this.quantity;
        this.shipped += this.quantity;
      }
      this.state = 'SHIPPED';
      return this.answer(orderId);
    });

  private answer(orderId: string) {
    return { orderId, state: `RESERVATION_STATE_${this.state ?? 'RELEASED'}` as const, expiresAt: undefined };
  }
}

export function sumOf(lines: readonly { readonly quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
