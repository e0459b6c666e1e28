import { Injectable } from '@nestjs/common';
import { unreachable } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { Reservations } from '../reservation/reservations.js';
import {
  ANSWER,
  REFUSE_RELEASED,
  refuse,
  RESERVED,
  type Decision,
  type Reservation,
  type Seen,
} from '../reservation/reservation.js';

/** The parcel has left: moves the order's stock from reserved to shipped. */
@Injectable()
export class ShipStock {
  constructor(private readonly reservations: Reservations) {}

  execute(orderId: OrderId): Promise<Reservation> {
    return this.reservations.change({ orderId, lines: [] }, decideShip, RESERVED);
  }
}

export function decideShip(seen: Seen): Decision {
  switch (seen.state) {
    case 'missing':
    case 'held':
      return refuse('NOT_FOUND', 'Nothing is reserved for this order; reserve its stock first');
    case 'reserved':
      return { kind: 'move', from: 'reserved', to: 'shipped' };
    case 'shipped':
      return ANSWER;
    case 'released':
      return REFUSE_RELEASED;
    default:
      return unreachable(seen);
  }
}
