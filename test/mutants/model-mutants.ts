import type { Mutant } from './mutant.js';

const STOCK = 'workflows/fulfil-order/testing/stock.ts';
const MONEY = 'workflows/fulfil-order/testing/money.ts';
const CARRIER = 'workflows/fulfil-order/testing/carrier.ts';
const caughtBy = ['workflows/testing/simulation/simulation.unit.spec.ts'];

/** Participants of the simulation that break the rules: it must come to where that shows. */
export const MODEL_MUTANTS: readonly Mutant[] = [
  {
    name: 'simulated-stock-no-tombstone',
    breaks: 'A reserve that the undo has overtaken takes stock.',
    file: STOCK,
    find: "      this.state = 'RELEASED';",
    replace: "      this.state = this.state === 'RESERVED' ? 'RELEASED' : this.state;",
    caughtBy,
  },
  {
    name: 'simulated-stock-reserved-twice',
    breaks: 'A reserve that arrives twice takes the stock twice.',
    file: STOCK,
    find: "        this.state = 'RESERVED';\n",
    replace: '',
    caughtBy,
  },
  {
    name: 'simulated-money-no-tombstone',
    breaks: 'A charge that its settle has overtaken begins all the same.',
    file: MONEY,
    find: "() => this.refuseOr(() => (this.state ??= 'STARTED'))",
    replace: "() => (this.state = 'STARTED')",
    caughtBy,
  },
  {
    name: 'simulated-money-intent-not-cancelled',
    breaks: 'A confirm that the settle has overtaken takes the money.',
    file: MONEY,
    find: "    else if (this.intent === 'confirmable') this.intent = 'cancelled';\n",
    replace: '',
    caughtBy,
  },
  {
    name: 'simulated-money-confirmed-twice',
    breaks: 'A confirm that arrives twice takes the money twice.',
    file: MONEY,
    find: "if (this.intent !== 'confirmable') return;",
    replace: "if (this.intent === 'cancelled') return;",
    caughtBy,
  },
  {
    name: 'simulated-parcel-no-tombstone',
    breaks: 'A scheduling that its cancel has overtaken sends a parcel.',
    file: CARRIER,
    find: "    if (this.state === undefined) this.state = 'CANCELLED';\n",
    replace: '',
    caughtBy,
  },
  {
    name: 'simulated-parcel-quote-not-void',
    breaks: 'A label that is bought only after its cancel is sold.',
    file: CARRIER,
    find: "!this.left && (this.label = 'void')",
    replace: "!this.left && this.label === 'bought' && (this.label = 'void')",
    caughtBy,
  },
];
