import { condition, setHandler } from '@temporalio/workflow';
import type { Attention } from './attention.js';
import { factSignal, type Fact, type ShippingAnswer } from './contract.js';
import { now, timeOf, type Display } from './display.js';
import type { Records } from './records.js';

type Shipment = ShippingAnswer['shipment'];

/** Follows the parcel by what the carrier reports: facts may come early, twice, or in the wrong order. */
export class Parcel {
  readonly #known = new Set<string>();
  readonly #arrived: Fact[] = [];
  #state: 'scheduled' | 'shipped' | 'delivered' = 'scheduled';

  constructor(
    private readonly orderId: string,
    private readonly records: Records,
    private readonly attention: Attention,
    private readonly display: Display,
  ) {
    setHandler(factSignal, (fact) => this.#receive(fact), { description: 'What the carrier reports of the parcel' });
  }

  /** Returns when the parcel is delivered, or when `stopped` says so. A late or lost one needs attention, and is waited for. */
  async follow(shipment: Shipment, stopped: () => boolean): Promise<void> {
    const { tracking, deliverBy } = shipment;
    const leftMs = Math.max(0, Date.parse(deliverBy) - Date.now());
    const late = this.attention.alarm(
      'delivery',
      `Parcel ${tracking} was not delivered by ${timeOf(deliverBy)}`,
      leftMs,
    );
    this.display.show('parcel', `Waiting for the carrier to pick up parcel ${tracking}, since ${now()}`);
    while (this.#state !== 'delivered' && !stopped()) {
      await condition(() => this.#arrived.length > 0 || stopped());
      const fact = stopped() ? undefined : this.#arrived.shift();
      if (fact) await this.#apply(fact, shipment);
    }
    this.display.hide('parcel');
    await late.end();
  }

  #receive(fact: Fact): void {
    if (this.#known.has(fact.factId)) return;
    this.#known.add(fact.factId);
    this.#arrived.push(fact);
  }

  async #apply(fact: Fact, { tracking, deliverBy }: Shipment): Promise<void> {
    switch (fact.kind) {
      case 'dispatched':
        await this.#record(fact, 'shipped');
        this.display.show(
          'parcel',
          `Parcel ${tracking} is on its way since ${timeOf(fact.occurredAt)}, due by ${timeOf(deliverBy)}`,
        );
        return;
      case 'delivered':
        return this.#record(fact, 'delivered');
      case 'lost':
        return this.attention.raise('delivery', `The carrier has lost parcel ${tracking}`);
      default:
        fact.kind satisfies never;
    }
  }

  /** Nothing is undone from here on: it is repeated until it is done. The first fact, whichever it is, moves the stock. */
  async #record(fact: Fact, state: 'shipped' | 'delivered'): Promise<void> {
    const { orderId } = this;
    const left = this.#state === 'shipped';
    if (left && state === 'shipped') return;
    const reason = `The ${fact.kind} parcel could not be recorded since ${now()}`;
    await this.records.write(
      (activities) => (left ? activities.recordFact({ orderId, fact }) : activities.shipOrder({ orderId, fact })),
      `Record: ${fact.kind}`,
      (repeat) => this.attention.watch('dispatch', reason, repeat),
    );
    this.#state = state;
    this.display.status(state === 'shipped' ? 'SHIPPED' : 'DELIVERED');
  }
}
