import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runHistory } from './history.js';
import { simulate, tell } from './simulate.js';

/** More: `npm run simulate`. */
const HISTORIES = 3_000;
const SEED = fc.readConfigureGlobal().seed ?? 1;

/** Every kind of ending that an order can come to. */
const ENDINGS = [
  'DELIVERED',
  'DELIVERED, as it was amended',
  'DELIVERED, a cancel came too late',
  'DELIVERED, by the arbiter: its shipping had failed',
  'REJECTED, OUT_OF_STOCK, in step 1',
  'REJECTED, PAYMENT_DECLINED, in step 2',
  'REJECTED, INSUFFICIENT_FUNDS, in step 2',
  'REJECTED, NOT_SERVED, in step 3',
  'REJECTED, FULFILMENT_FAILED, in step 1',
  'REJECTED, FULFILMENT_FAILED, in step 2',
  'REJECTED, FULFILMENT_FAILED, in step 3',
  'CANCELLED, in step 0',
  'CANCELLED, in step 1',
  'CANCELLED, in step 2',
  'CANCELLED, in step 3',
];

describe('the saga, simulated', () => {
  it('keeps every rule in every history, and every kind of ending is reached', async () => {
    const { broken, endings } = await simulate(HISTORIES, SEED);
    expect(broken && tell(broken)).toBeUndefined();
    expect([...endings.keys()].toSorted()).toEqual(ENDINGS.toSorted());
    // Seconds; but what breaks a rule is worth the time to find its shortest history.
  }, 180_000);

  it('given nothing drawn, delivers the order', async () => {
    const { happened, violations, ending } = await runHistory([]);
    expect({ violations, ending }).toEqual({ violations: [], ending: 'DELIVERED' });
    const told = happened.map((line) => line.slice(10)).filter((line) => !line.includes('record'));
    expect(told).toEqual([
      '→ the workflow begins',
      'reserve',
      'reserve is answered',
      'charge 1 of 3',
      'charge 2 of 3',
      'charge 3 of 3',
      'charge is answered',
      'schedule 1 of 3',
      'schedule 2 of 3',
      'schedule 3 of 3',
      'schedule is answered',
      '→ every step is done',
      'THE CARRIER PICKS THE PARCEL UP',
      'the order is told that its parcel is dispatched',
      'ship',
      'ship is answered',
      'THE CARRIER DELIVERS THE PARCEL',
      'the order is told that its parcel is delivered',
      'the hold on the stock expires',
    ]);
  });

  it('given the same choices, is the same history', async () => {
    const drawn = fc.sample(fc.array(fc.nat(255), { minLength: 100, maxLength: 100 }), 20);
    for (const choices of drawn) expect(await runHistory(choices)).toEqual(await runHistory(choices));
  });
});
