import { randomUUID } from 'node:crypto';
import { Activities } from '../../../apps/fulfilment/activities.js';
import type { FulfilmentActivities, FulfilOrderInput } from '../contract.js';
import { DEFAULT_POLICY, type FulfilmentPolicy } from '../policy.js';
import { Carrier } from './carrier.js';
import { Faults } from './faults.js';
import { Money } from './money.js';
import { OrderLog } from './order-log.js';
import { Stock } from './stock.js';

const PRICE = 4_990;
const RECEIVED = 10;
const QUANTITY = 2;

/** The participants of one order, in memory but honest: stock, money, parcel and orders' log, behind the real activities. */
export class World {
  readonly orderId = randomUUID();
  readonly faults = new Faults();
  readonly stock = new Stock(this.faults, RECEIVED);
  readonly money = new Money(this.faults);
  readonly carrier = new Carrier(this.faults);
  readonly log = new OrderLog(this.faults);
  readonly activities: FulfilmentActivities = Activities.over({
    inventory: this.stock,
    payments: this.money,
    shipping: this.carrier,
    progress: this.log,
  }).table();

  input(policy: Partial<FulfilmentPolicy> = {}): FulfilOrderInput {
    const price = { amount: PRICE, currency: 'EUR' };
    const total = { amount: PRICE * QUANTITY, currency: 'EUR' };
    return {
      order: {
        orderId: this.orderId,
        customerId: randomUUID(),
        items: [{ sku: 'MUG', quantity: QUANTITY, name: 'Mug', unitPrice: price, lineTotal: total }],
        total,
        paymentMethod: 'pm_ok',
        shippingAddress: {
          name: 'Ada Lovelace',
          line1: '12 St James Square',
          city: 'London',
          postalCode: 'SW1Y',
          country: 'GB',
        },
        shippingMethod: 'standard',
        placedAt: new Date().toISOString(),
      },
      policy: { ...DEFAULT_POLICY, ...policy },
    };
  }

  /** Runs an activity by its name, as Temporal does. */
  run(activity: string, input: unknown): Promise<unknown> {
    const table = this.activities as unknown as Record<string, (input: unknown) => Promise<unknown>>;
    const run = table[activity];
    if (!run) throw new Error(`No such activity: ${activity}`);
    return run(input);
  }

  /** What must never be, whatever happened. Late messages have arrived, and the workflow has closed. */
  violations(): string[] {
    this.faults.deliverLate();
    const { stock, money, carrier, log } = this;
    const kept = log.status === 'DELIVERED';
    const due = kept ? PRICE * QUANTITY : 0;
    const broken: Readonly<Record<string, boolean>> = {
      'A: the order is not final': !['DELIVERED', 'REJECTED', 'CANCELLED'].includes(log.status),
      'M: charged more than once': money.ledger.filter(({ kind }) => kind === 'charge').length > 1,
      [`M: ${money.captured} captured, ${money.refunded} refunded, ${due} due`]:
        money.captured - money.refunded !== due,
      'S: stock does not add up': stock.available + stock.reserved + stock.shipped !== stock.received,
      'S: negative stock': Math.min(stock.available, stock.reserved, stock.shipped) < 0,
      [`S: ${stock.reserved} reserved, ${stock.shipped} shipped`]:
        stock.reserved !== 0 || stock.shipped !== (kept ? QUANTITY : 0),
      [`C: the parcel is ${carrier.state}`]: kept
        ? carrier.state !== 'DELIVERED'
        : ![undefined, 'CANCELLED'].includes(carrier.state),
      'somebody is still asked for attention': log.attention.size > 0,
    };
    return [...Object.keys(broken).filter((violation) => broken[violation]), ...log.mistakes];
  }
}
