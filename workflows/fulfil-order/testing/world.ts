import { randomUUID } from 'node:crypto';
import { Activities } from '../../../apps/fulfilment/activities.js';
import type { FulfilmentActivities, FulfilOrderInput } from '../contract.js';
import { DEFAULT_POLICY, type FulfilmentPolicy } from '../policy.js';
import { Carrier } from './carrier.js';
import { Faults } from './faults.js';
import { Money } from './money.js';
import { OrderLog } from './order-log.js';
import { sampleOrder } from './sample-order.js';
import { Stock } from './stock.js';
import { participantsViolations } from './violations.js';

const RECEIVED = 10;

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
    return { order: sampleOrder(this.orderId), policy: { ...DEFAULT_POLICY, ...policy } };
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
    const { log } = this;
    const due = log.status === 'DELIVERED' ? log.due : undefined;
    const broken: Readonly<Record<string, boolean>> = {
      'A: the order is not final': !['DELIVERED', 'REJECTED', 'CANCELLED'].includes(log.status),
      'somebody is still asked for attention': log.attention.size > 0,
    };
    return [
      ...participantsViolations(this, due),
      ...Object.keys(broken).filter((violation) => broken[violation]),
      ...log.mistakes,
    ];
  }
}
