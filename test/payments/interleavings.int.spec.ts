import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OPERATIONS, type Fault } from '../../apps/payment-simulator/inject-faults/faults.js';
import { endOf, HELD_MS, paymentsWorld, requestOf, type PaymentsWorld } from './payments-world.js';

const RUNS = Number(process.env['WAYBILL_TEST_RUNS'] ?? 40);

interface Call {
  readonly method: 'charge' | 'settle';
  readonly process: 'one' | 'two' | 'impatient';
  readonly afterMs: number;
}

/** Calls that are made at once, and what goes wrong at the provider meanwhile. */
interface Round {
  readonly faults: readonly Fault[];
  readonly calls: readonly Call[];
}

const call: fc.Arbitrary<Call> = fc.record({
  method: fc.oneof(
    { arbitrary: fc.constant('charge' as const), weight: 2 },
    { arbitrary: fc.constant('settle' as const), weight: 1 },
  ),
  process: fc.constantFrom('one', 'two', 'impatient'),
  afterMs: fc.nat({ max: 25 }),
});

const fault: fc.Arbitrary<Fault> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  moment: fc.constantFrom('before', 'after'),
  effect: fc.oneof(
    { arbitrary: fc.constant({ kind: 'error' as const }), weight: 3 },
    { arbitrary: fc.constant({ kind: 'reset' as const }), weight: 3 },
    { arbitrary: fc.record({ kind: fc.constant('delay' as const), ms: fc.constantFrom(5, 20, HELD_MS) }), weight: 2 },
  ),
  times: fc.integer({ min: 1, max: 2 }),
});

const round: fc.Arbitrary<Round> = fc.record({
  faults: fc.array(fault, { maxLength: 3 }),
  calls: fc.array(call, { minLength: 1, maxLength: 5 }),
});

const history = fc.record({
  paymentMethod: fc.constantFrom('pm_ok', 'pm_ok', 'pm_flaky', 'pm_lost_reply', 'pm_refund_flaky', 'pm_declined'),
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
  last: fc.constantFrom('charge', 'settle'),
});

let world: PaymentsWorld;

beforeAll(async () => {
  world = await paymentsWorld();
});
afterAll(() => world.stop());

describe('charges and settles in any order, at once, twice, under faults', () => {
  it(
    'keep the money right',
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ paymentMethod, rounds, last }) => {
          const request = requestOf(paymentMethod);
          let settled = false;
          for (const { faults, calls } of rounds) {
            for (const each of faults) await world.simulator.arm(each);
            const ends = await Promise.all(calls.map((each) => make(each, request)));
            settled ||= ends.some(({ method, end }) => method === 'settle' && isSettled(end));
            await checkMoney(request.orderId, settled);
          }
          await world.simulator.disarm();
          const end = await untilDecided(() =>
            endOf(last === 'charge' ? world.one.charge(request) : world.one.settle(request.orderId)),
          );
          if (settled && last === 'charge') expect(['SETTLED', 'PAYMENT_DECLINED']).toContain(end);
          // A settle that was begun is always ended: it is repeated until it returns.
          if (end === 'SETTLED') await untilDecided(() => endOf(world.two.settle(request.orderId)));
          await checkMoney(request.orderId, settled || last === 'settle' || end === 'SETTLED');
          await checkAgreement(request.orderId, end);
        }),
        { numRuns: RUNS, endOnFailure: process.env['WAYBILL_TEST_SHRINK'] === undefined },
      );
    },
    RUNS * 10_000,
  );
});

async function make(
  { method, process, afterMs }: Call,
  request: ReturnType<typeof requestOf>,
): Promise<{ method: Call['method']; end: string }> {
  await pause(afterMs);
  const { charge, settle } = world[process];
  return { method, end: await endOf(method === 'charge' ? charge(request) : settle(request.orderId)) };
}

function isSettled(end: string): boolean {
  return ['VOIDED', 'REFUNDED', 'DECLINED'].includes(end);
}

/** At most one charge at any time; nothing kept once a settle has returned. */
async function checkMoney(orderId: ReturnType<typeof requestOf>['orderId'], settled: boolean): Promise<void> {
  const { charges, charged, refunded } = await world.ledgerOf(orderId);
  expect(charges).toBeLessThanOrEqual(1);
  expect(refunded).toBeLessThanOrEqual(charged);
  if (settled) expect(charged - refunded).toBe(0);
}

/** Without faults a few attempts suffice: some payment methods fail the first ones. */
async function untilDecided(attempt: () => Promise<string>): Promise<string> {
  for (let attempts = 0; attempts < 12; attempts += 1) {
    const end = await attempt();
    if (end !== 'UNAVAILABLE' && end !== 'DEADLINE_EXCEEDED') return end;
  }
  throw new Error('Not decided after 12 attempts');
}

/** The payments database, its events and the provider's ledger tell the same. */
async function checkAgreement(orderId: ReturnType<typeof requestOf>['orderId'], end: string): Promise<void> {
  const [charge, ledger, events] = await Promise.all([
    world.chargeOf(orderId),
    world.ledgerOf(orderId),
    world.eventsOf(orderId),
  ]);
  expect(ledger).toMatchObject({ charged: charge?.captured, refunded: charge?.refunded });
  if (end === 'CAPTURED') expect(ledger).toEqual({ charges: 1, charged: 4_200, refunded: 0 });
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(charge?.version).toBe(events.length);
  const told = events.map(({ type }) => type);
  expect(told.filter((type) => type === 'PaymentCaptured')).toHaveLength(ledger.charges);
  expect(told.filter((type) => type === 'RefundIssued')).toHaveLength(ledger.refunded > 0 ? 1 : 0);
  expect(told.filter((type) => type === 'PaymentDeclined')).toHaveLength(charge?.state === 'DECLINED' ? 1 : 0);
}
