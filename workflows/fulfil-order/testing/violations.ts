import type { Carrier } from './carrier.js';
import type { Money } from './money.js';
import type { Stock } from './stock.js';

export interface Participants {
  readonly stock: Stock;
  readonly money: Money;
  readonly carrier: Carrier;
}

/** What an order that was delivered leaves behind; one that was undone leaves nothing. */
export interface Due {
  readonly amount: number;
  readonly quantity: number;
  /** Of the address. */
  readonly line1: string;
}

/** What must never be at an order's end, whatever happened on the way: M, S and C. Late messages have arrived. */
export function participantsViolations({ stock, money, carrier }: Participants, due: Due | undefined): string[] {
  const { available, held, reserved, shipped, received } = stock;
  const { captured, refunded } = money;
  const charges = money.ledger.filter(({ kind }) => kind === 'charge').length;
  const [amount, quantity] = [due?.amount ?? 0, due?.quantity ?? 0];
  const parcelEnded = due ? carrier.state === 'DELIVERED' : [undefined, 'CANCELLED', 'REFUSED'].includes(carrier.state);
  const labelEnded = due ? carrier.label === 'delivered' : [undefined, 'quoted', 'void'].includes(carrier.label);
  const broken: Readonly<Record<string, boolean>> = {
    'M: charged more than once': charges > 1,
    [`M: ${captured} captured, ${refunded} refunded, ${amount} due`]: captured - refunded !== amount,
    'S: stock does not add up': available + held + reserved + shipped !== received,
    'S: negative stock': Math.min(available, held, reserved, shipped) < 0,
    [`S: ${held} held, ${reserved} reserved, ${shipped} shipped`]: held + reserved !== 0 || shipped !== quantity,
    [`S: the parcel holds ${carrier.parcel?.quantity} for ${carrier.parcel?.line1}`]:
      due !== undefined && (carrier.parcel?.quantity !== quantity || carrier.parcel.line1 !== due.line1),
    [`C: the parcel is ${carrier.state}, at the carrier ${carrier.label}`]: !parcelEnded || !labelEnded,
  };
  return Object.keys(broken).filter((violation) => broken[violation]);
}
