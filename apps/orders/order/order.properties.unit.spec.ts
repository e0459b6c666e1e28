import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventData } from '#libs/contracts/events.js';
import { DIRECTIONS, OUTCOMES, STEPS } from '#libs/contracts/steps.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { placed, recordStep, SAMPLE } from '../testing/sample-orders.js';
import type { ProgressCommand } from './commands.js';
import { decide } from './decide.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { evolve } from '#libs/order-log/evolve.js';
import {
  isFinal,
  NOT_PLACED,
  stepsToUndo,
  type Order,
  type OrderState,
  type OrderStatus,
} from '#libs/order-log/order.js';

const UNDO: OrderStatus[] = ['REJECTING', 'CANCELLING'];
const PARCEL: OrderStatus[] = ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'];

/** Every change of status that an order may go through in one event. */
const LEGAL: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['RESERVED', 'PAID', ...UNDO],
  RESERVED: ['PAID', ...UNDO],
  PAID: ['CONFIRMED', ...PARCEL, ...UNDO],
  CONFIRMED: [...PARCEL, ...UNDO],
  PARTIALLY_SHIPPED: ['SHIPPED', 'DELIVERED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: [],
  REJECTING: ['REJECTED'],
  REJECTED: [],
  CANCELLING: ['CANCELLED'],
  CANCELLED: [],
  RETURNED: [],
  REFUNDED: [],
};
const REFUSALS = ['TOO_LATE', 'ALREADY_FINAL', 'INVALID_REQUEST'] as const;

const at = fc.integer({ min: 0, max: 5 }).map((hour) => `2026-11-20T1${hour}:00:00.000Z`);
const id = (prefix: string) => fc.integer({ min: 1, max: 3 }).map((n) => `${prefix}-${n}`);
const step = fc.constantFrom(...STEPS);
const attempt = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      step,
      fc.constantFrom(...DIRECTIONS),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(...OUTCOMES),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(step, fc.constant('do' as const), fc.integer({ min: 1, max: 2 }), fc.constant('ok' as const)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(step, fc.constant('undo' as const), fc.integer({ min: 1, max: 4 }), fc.constant('ok' as const)),
  },
);
const command: fc.Arbitrary<ProgressCommand> = fc.oneof(
  { weight: 8, arbitrary: attempt.map(([which, direction, n, outcome]) => recordStep(which, direction, n, outcome)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ProgressCommand>(
      { type: 'begin-undo', ending: 'REJECTED', reason: 'PAYMENT_DECLINED' },
      { type: 'begin-undo', ending: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('REJECTED', 'CANCELLED')
      .map((ending): ProgressCommand => ({ type: 'record-ending', ending })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('record-fact' as const),
      fact: fc.constantFrom('DISPATCHED', 'DELIVERED'),
      factId: id('fact'),
      shipmentId: fc.constantFrom(SAMPLE.shipment.id, 'shp-unknown'),
      at,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('request-cancel' as const),
      commandId: id('cmd'),
      requestedBy: fc.constantFrom('customer', 'operator'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('record-decision' as const),
      command: fc.constant('cancel' as const),
      commandId: id('cmd'),
      requestedBy: fc.constant('customer'),
      decision: fc.constantFrom('accepted', 'TOO_LATE', 'ALREADY_FINAL'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('raise-attention' as const),
      step,
      reason: fc.constant('broken'),
      since: at,
    }),
  },
  { weight: 1, arbitrary: step.map((which): ProgressCommand => ({ type: 'clear-attention', step: which })) },
);
/** Records in any order, some of them again later. */
const records = fc
  .tuple(fc.array(command, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 20 }))
  .map(([commands, repeats]) => [
    ...commands,
    ...repeats.flatMap((n) => commands.slice(n % (commands.length + 1)).slice(0, 1)),
  ]);

/** Carries out what is not refused, and keeps every state on the way. */
function run(commands: readonly ProgressCommand[]): { log: OrderEvent[]; states: Order[] } {
  const log: OrderEvent[] = [placed];
  const states = [evolve(NOT_PLACED, placed)];
  for (const next of commands) {
    for (const event of attemptOf(next, states.at(-1) as Order)) {
      log.push(event);
      states.push(evolve(states.at(-1) as Order, event));
    }
  }
  return { log, states };
}

function attemptOf(next: ProgressCommand, state: OrderState): readonly OrderEvent[] {
  try {
    return decide(next, state);
  } catch (error) {
    if (isWaybillError(error, ...REFUSALS)) return [];
    throw error;
  }
}

type Attempt = Pick<EventData['OrderProgressed'], 'attempt' | 'outcome'>;

function attemptsOf(log: readonly OrderEvent[]): Map<string, Attempt[]> {
  const seen = new Map<string, Attempt[]>();
  for (const event of log) {
    if (event.type !== 'OrderProgressed') continue;
    const key = `${event.data.step}/${event.data.direction}`;
    seen.set(key, [...(seen.get(key) ?? []), event.data]);
  }
  return seen;
}

const check = (property: (commands: ProgressCommand[]) => void): void =>
  fc.assert(fc.property(records, property), { numRuns: 1_000 });

describe('whatever is recorded, in whatever order, however often', () => {
  it('the status moves only along its lines, and a final one is never left', () => {
    check((commands) => {
      const statuses = run(commands).states.map(({ progress }) => progress.status);
      statuses.slice(1).forEach((status, index) => {
        const before = statuses[index] as OrderStatus;
        expect([before, ...LEGAL[before]]).toContain(status);
      });
    });
  });

  it('versions have no gaps', () => {
    check((commands) => {
      const { log, states } = run(commands);
      expect(states.map(({ version }) => version)).toEqual(log.map((_, index) => index + 1));
    });
  });

  it('a command that was carried out changes nothing a second time', () => {
    check((commands) => {
      const state = run(commands).states.at(-1) as Order;
      for (const repeated of commands) {
        const first = attemptOf(repeated, state);
        expect(attemptOf(repeated, first.reduce<Order>(evolve, state))).toEqual([]);
      }
    });
  });

  it('every attempt stands in the log once, none is missing before it, and one success may come late', () => {
    check((commands) => {
      for (const attempts of attemptsOf(run(commands).log).values()) {
        const firsts = attempts.filter(
          ({ attempt: n }, index) => attempts.findIndex((one) => one.attempt === n) === index,
        );
        expect(firsts.map(({ attempt: n }) => n)).toEqual(firsts.map((_, index) => index + 1));
        const late = attempts.filter((one) => !firsts.includes(one));
        expect(late.map(({ outcome }) => outcome)).toEqual(late.slice(0, 1).map(() => 'ok'));
      }
    });
  });

  it('an order is confirmed at most once, and never while it is being undone', () => {
    check((commands) => {
      const { log, states } = run(commands);
      const confirmations = log.flatMap(({ type }, index) => (type === 'OrderConfirmed' ? [index] : []));
      expect(confirmations.length).toBeLessThanOrEqual(1);
      for (const index of confirmations) expect(states[index - 1]?.progress.status).toBe('PAID');
    });
  });

  it('an order that was undone keeps neither money, stock nor shipment', () => {
    check((commands) => {
      const { progress } = run(commands).states.at(-1) as Order;
      if (progress.status !== 'REJECTED' && progress.status !== 'CANCELLED') return;
      expect(progress.payment.captured).toBe(progress.payment.refunded);
      expect(['NONE', 'DECLINED', 'REFUNDED']).toContain(progress.payment.status);
      expect(progress.shipments.filter(({ status }) => status === 'SCHEDULED')).toEqual([]);
      expect(stepsToUndo(progress)).toEqual([]);
    });
  });

  it('after the end only decisions and cleared flags are added', () => {
    check((commands) => {
      const { log, states } = run(commands);
      const end = states.findIndex(({ progress }) => isFinal(progress.status));
      const after = end < 0 ? [] : log.slice(end + 1).map(({ type }) => type);
      expect(after.filter((type) => !['CancelAccepted', 'CancelRefused', 'AttentionCleared'].includes(type))).toEqual(
        [],
      );
    });
  });

  it('draws every status', () => {
    const drawn = new Set(
      fc
        .sample(records, { numRuns: 3_000, seed: 1 })
        .flatMap((commands) => run(commands).states.map(({ progress }) => progress.status)),
    );
    const reachable: OrderStatus[] = [
      'PENDING',
      'RESERVED',
      'PAID',
      'CONFIRMED',
      'SHIPPED',
      'DELIVERED',
      'REJECTING',
      'REJECTED',
      'CANCELLING',
      'CANCELLED',
    ];
    expect([...drawn]).toEqual(expect.arrayContaining(reachable));
  });
});
