import { STEPS_UNDER_TEST } from '../steps-under-test.js';
import type { FulfilmentPolicy } from '../../policy.js';
import { AMENDMENTS } from './amend-scenarios.js';
import { ends, isDelivered, type Scenario } from './scenario.js';

/** Short enough to wait for. */
const soon: Partial<FulfilmentPolicy> = { attentionAfterMs: 1_500 };
const FIVE = [1, 2, 3, 4, 5];

const refusals: readonly Scenario[] = [
  { name: 'out-of-stock', given: ({ stock }) => stock.empty(), then: ends },
  { name: 'payment-declined', given: ({ money }) => void (money.declines = 'PAYMENT_DECLINED'), then: ends },
  { name: 'insufficient-funds', given: ({ money }) => void (money.declines = 'INSUFFICIENT_FUNDS'), then: ends },
  { name: 'not-served', given: ({ carrier }) => void (carrier.serves = false), then: ends },
];

const failures = STEPS_UNDER_TEST.flatMap(({ step, does, undoes }): Scenario[] => [
  { name: `${step}-retried`, given: ({ faults }) => faults.break(does, 'down', 1), then: isDelivered },
  { name: `${step}-timed-out`, given: ({ faults }) => faults.break(does, 'hang after', 1), then: isDelivered },
  { name: `${step}-failed`, given: ({ faults }) => faults.break(does, 'down', 1, 2, 3), then: ends },
  {
    name: `${step}-undo-failed-then-done`,
    policy: soon,
    given: ({ carrier, faults }) => {
      carrier.serves = step === 'schedule-shipping';
      if (carrier.serves) faults.break('schedule', 'lost reply', 1, 2, 3);
      // The arbiter, asked first, has an answer.
      faults.break(undoes, 'down', ...(carrier.serves ? FIVE.slice(1) : FIVE));
    },
    then: ends,
  },
]);

const records: readonly Scenario[] = [
  {
    name: 'orders-unreachable-on-the-way',
    policy: soon,
    given: ({ faults }) => faults.break('recordStep', 'down', 1, 2, 4, 5, 7, 8),
    then: isDelivered,
  },
  {
    name: 'orders-unreachable-while-undoing',
    given: ({ carrier, faults }) => {
      carrier.serves = false;
      for (const operation of ['beginUndo', 'recordEnding'] as const) faults.break(operation, 'down', 1, 2);
      faults.break('recordStep', 'down', 4, 5);
    },
    then: ends,
  },
  {
    name: 'dispatch-not-recorded-for-long',
    policy: soon,
    given: ({ faults }) => faults.break('ship', 'down', 1, 2, 3),
    then: isDelivered,
  },
];

const shipping: readonly Scenario[] = [
  {
    name: 'shipping-unanswered-parcel-stopped',
    given: ({ faults }) => faults.break('schedule', 'lost reply', 1, 2, 3),
    then: ends,
  },
  {
    name: 'shipping-unanswered-parcel-has-left',
    policy: soon,
    given: ({ carrier, faults }) => {
      carrier.hasty = true;
      faults.break('schedule', 'lost reply', 1, 2, 3, 4, 5);
    },
    then: async (order) => {
      const { carrier } = order.world;
      await order.untilStatus('CONFIRMED');
      await order.tell(carrier.dispatch());
      await order.tell(carrier.deliver());
      await order.end();
    },
  },
];

const parcels: readonly Scenario[] = [
  { name: 'delivered', then: isDelivered },
  {
    name: 'facts-in-the-wrong-order-and-twice',
    then: async (order) => {
      const { carrier } = order.world;
      await order.untilStatus('CONFIRMED');
      const dispatched = carrier.dispatch();
      const delivered = carrier.deliver();
      // While the first one is being recorded: the order does not end before the last one has come.
      order.world.faults.on('before', 'ship', async () => {
        for (const fact of [dispatched, delivered, dispatched]) await order.tell(fact);
      });
      await order.tell(delivered);
      await order.end();
    },
  },
  {
    name: 'fact-before-the-shipping-step-has-ended',
    given: ({ carrier, faults }, order) => {
      faults.break('schedule', 'lost reply', 1);
      faults.on('after', 'schedule', () => order.tell(carrier.dispatch()));
    },
    then: async (order) => {
      await order.untilStatus('SHIPPED');
      await order.tell(order.world.carrier.deliver());
      await order.end();
    },
  },
  {
    name: 'parcel-late-then-lost-then-delivered',
    given: ({ carrier }) => void (carrier.deliversWithinMs = 2_000),
    then: async (order) => {
      const { carrier, log } = order.world;
      await order.until(() => log.attention.size > 0);
      await order.tell(carrier.fact('lost'));
      await order.until(() => log.attentionRaised > 1);
      await order.deliver();
    },
  },
];

const cancels = STEPS_UNDER_TEST.flatMap(({ step, does }): Scenario[] => [
  {
    name: `cancelled-during-${step}`,
    // A local step ends before the workflow can hear of anything: it is stopped in its second attempt.
    given: ({ faults }, order) => {
      if (step === 'process-payment') return faults.on('after', does, () => order.cancel());
      faults.break(does, 'lost reply', 1);
      faults.on('before', does, () => faults.on('before', does, () => order.cancel()));
    },
    then: ends,
  },
  {
    name: `cancelled-after-${step}`,
    given: ({ faults }, order) => faults.on('after', does, () => order.cancelMeanwhile()),
    then: ends,
  },
  {
    name: `cancelled-by-temporal-during-${step}`,
    given: ({ faults }, order) => faults.on('after', does, () => order.cancelByTemporal()),
    then: ends,
  },
]);

const otherCancels: readonly Scenario[] = [
  {
    name: 'cancelled-by-temporal-before-the-first-task',
    worker: 'late',
    then: async (order) => {
      await order.cancelByTemporal();
      await order.crash();
      await order.end();
    },
  },
  {
    name: 'cancelled-when-confirmed',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await order.cancel();
      await order.end();
    },
  },
  {
    name: 'cancelled-twice-at-once',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await Promise.all([order.cancel(), order.cancel(), order.cancelByTemporal()]);
      await order.end();
    },
  },
  {
    name: 'cancelled-too-late',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      const dispatched = order.world.carrier.dispatch();
      await order.cancel();
      await order.tell(dispatched);
      await order.cancel();
      await order.tell(order.world.carrier.deliver());
      await order.end();
    },
  },
  {
    name: 'cancelled-by-temporal-too-late',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await order.tell(order.world.carrier.dispatch());
      await order.untilStatus('SHIPPED');
      await order.cancelByTemporal();
      await order.until(() => order.world.log.decisions.size > 0);
      await order.tell(order.world.carrier.deliver());
      await order.end();
    },
  },
  {
    name: 'cancelled-while-being-rejected',
    policy: soon,
    given: ({ carrier, faults }, order) => {
      carrier.serves = false;
      faults.break('settle', 'down', ...FIVE);
      faults.on('before', 'release', () => order.cancelMeanwhile());
    },
    then: ends,
  },
];

const crashes: readonly Scenario[] = [
  ...STEPS_UNDER_TEST.flatMap(({ step, does }): Scenario[] => [
    {
      name: `crashed-during-${step}`,
      worker: 'own',
      given: ({ faults }, order) => faults.on('after', does, order.crash),
      then: isDelivered,
    },
  ]),
  {
    name: 'crashed-while-confirmed',
    worker: 'own',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await order.crash();
      await order.deliver();
    },
  },
  {
    name: 'crashed-while-undoing',
    worker: 'own',
    given: ({ carrier, faults }, order) => {
      carrier.serves = false;
      faults.on('after', 'settle', order.crash);
    },
    then: ends,
  },
];

const open: readonly Scenario[] = [
  {
    name: 'open-charging',
    given: ({ faults }) => faults.break('charge', 'hang', 1),
    then: async (order) => {
      await order.until(() => order.world.faults.callsOf('charge').length > 0);
      await order.untilAtRest();
    },
  },
  {
    name: 'open-before-the-last-attempt',
    given: ({ faults }) => faults.break('charge', 'down', 1, 2),
    then: async (order) => {
      await order.until(() => order.world.log.lines('process-payment').length === 2);
      await order.untilAtRest();
    },
  },
  { name: 'open-confirmed', then: (order) => order.untilStatus('CONFIRMED') },
  {
    name: 'open-shipped',
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await order.tell(order.world.carrier.dispatch());
      await order.untilStatus('SHIPPED');
    },
  },
  {
    name: 'open-asking-the-arbiter',
    policy: soon,
    given: ({ faults }) => faults.breakFor('cancel', 'down', 3_600_000),
    then: async (order) => {
      await order.untilStatus('CONFIRMED');
      await order.cancelByTemporal();
      await order.until(() => order.world.log.attention.size > 0);
      await order.untilAtRest();
    },
  },
  {
    name: 'open-undo-needs-attention',
    policy: soon,
    given: ({ carrier, faults }) => {
      carrier.serves = false;
      faults.breakFor('settle', 'down', 3_600_000);
    },
    then: async (order) => {
      await order.until(() => order.world.log.attention.size > 0);
      await order.untilAtRest();
    },
  },
];

export const SCENARIOS: readonly Scenario[] = [
  ...parcels,
  ...refusals,
  ...failures,
  ...records,
  ...shipping,
  ...cancels,
  ...otherCancels,
  ...AMENDMENTS,
  ...crashes,
  ...open,
];
