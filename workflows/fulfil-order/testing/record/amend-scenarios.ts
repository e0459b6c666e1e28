import { ADDRESS } from '../sample-order.js';
import type { RecordedOrder } from './recorded-order.js';
import { ends, isDelivered, type Scenario } from './scenario.js';

const SEVEN = { items: [{ sku: 'MUG', quantity: 7 }] };
const TOO_MANY = { items: [{ sku: 'MUG', quantity: 100 }] };
const ELSEWHERE = { shippingAddress: { ...ADDRESS, line1: '10 Downing Street' } };

/** Asks while the stock is being reserved: in its second attempt, as a local one ends before the workflow can hear of anything. */
const amendedEarly = (name: string, ...asked: readonly Parameters<RecordedOrder['amend']>[0][]): Scenario => ({
  name,
  given: ({ faults }, order) => {
    faults.break('reserve', 'lost reply', 1);
    const amend = async () => {
      for (const changes of asked) await order.amend(changes);
    };
    faults.on('before', 'reserve', () => faults.on('before', 'reserve', amend));
  },
  then: isDelivered,
});

export const AMENDMENTS: readonly Scenario[] = [
  amendedEarly('amended-items', SEVEN),
  amendedEarly('amended-items-then-the-address', SEVEN, ELSEWHERE),
  amendedEarly('amended-to-more-than-there-is', TOO_MANY),
  {
    name: 'amended-address',
    given: ({ faults }, order) => faults.on('after', 'charge', () => order.amend(ELSEWHERE)),
    then: isDelivered,
  },
  {
    name: 'amended-address-recorded-at-the-second-attempt',
    given: ({ faults }, order) => {
      faults.break('recordAmendment', 'down', 1);
      faults.on('after', 'charge', () => order.amend(ELSEWHERE));
    },
    then: isDelivered,
  },
  {
    name: 'amended-too-late',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await order.amend(SEVEN);
      await order.amend(ELSEWHERE);
      await order.deliver();
    },
  },
  {
    name: 'amended-then-cancelled',
    given: ({ faults }, order) => {
      faults.on('after', 'charge', () => order.amend(ELSEWHERE));
      faults.on('before', 'recordAmendment', () => order.cancelMeanwhile());
    },
    then: ends,
  },
];
