import type { OrderStatus } from '#libs/contracts/http/orders.js';
import { unreachable } from '#libs/kernel/errors.js';

/**
 * What a status says about an order's money, stock and parcel.
 * `kept`: the customer pays and gets its goods. `undone`: nothing of it is left. `moving`: a step or an undo is under way.
 */
export type Settlement = 'kept' | 'undone' | 'moving';

export function settlementOf(status: OrderStatus): Settlement {
  switch (status) {
    case 'CONFIRMED':
    case 'PARTIALLY_SHIPPED':
    case 'SHIPPED':
    case 'DELIVERED':
      return 'kept';
    case 'REJECTED':
    case 'CANCELLED':
    case 'RETURNED':
    case 'REFUNDED':
      return 'undone';
    case 'PENDING':
    case 'RESERVED':
    case 'PAID':
    case 'REJECTING':
    case 'CANCELLING':
      return 'moving';
    default:
      return unreachable(status);
  }
}

const NO_PARCEL = new Set(['missing', 'STARTED', 'CANCELLED', 'REFUSED']);

/** True for a shipment in whose state no parcel may exist; `missing` where there is none. */
export function isCalledOff(state: string): boolean {
  return NO_PARCEL.has(state);
}
