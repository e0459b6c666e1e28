import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';

/** One process of a participant of the saga. */
export interface ParticipantProcess {
  readonly do: (orderId: OrderId) => Promise<unknown>;
  readonly undo: (orderId: OrderId) => Promise<unknown>;
}

/** A participant of the saga, with what can be seen of its effects from outside. */
export interface Participant {
  /** Calls go to one after the other. */
  readonly processes: readonly ParticipantProcess[];
  /** An order that can be done. */
  readonly newOrder: () => Promise<OrderId>;
  /** How many effects of the order stand: units taken, money kept, parcels under way, each as parts of what one order has. */
  readonly effects: (orderId: OrderId) => Promise<number>;
  readonly stop: () => Promise<void>;
}

type Operation = keyof ParticipantProcess;
/** `refused`: by the tombstone of an undo. */
type Answer = 'done' | 'refused';

const RUNS = Number(process.env['WAYBILL_TEST_RUNS'] ?? 30);
const REFUSALS = ['RELEASED', 'SETTLED', 'SHIPMENT_CANCELLED'] as const;
const UNCERTAIN = ['UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const;
const MOST_ATTEMPTS = 20;

const some = fc.integer({ min: 1, max: 4 });
const atOnce = fc.array(fc.constantFrom<Operation>('do', 'do', 'undo'), { minLength: 2, maxLength: 6 });

/** What the saga relies on, whichever its participant: each operation has one effect per order, an undo is for good, and comes when it likes. */
export function tccContract(name: string, open: () => Promise<Participant>): void {
  describe(`${name}, asked to do and to undo`, () => {
    let participant: Participant;
    let calls = 0;
    beforeAll(async () => {
      participant = await open();
    }, 60_000);
    afterAll(() => participant.stop());

    /** Asks all at once, each as the workflow does: until there is an answer. */
    const ask = (orderId: OrderId, operations: readonly Operation[]): Promise<Answer[]> =>
      Promise.all(operations.map((operation) => answerOf(() => nextProcess()[operation](orderId))));
    const nextProcess = (): ParticipantProcess => {
      const { processes } = participant;
      const chosen = processes[(calls += 1) % processes.length];
      if (!chosen) throw new Error('A participant has at least one process');
      return chosen;
    };
    const times = (count: number, operation: Operation): Operation[] => Array.from({ length: count }, () => operation);
    const all = (count: number, answer: Answer): Answer[] => Array.from({ length: count }, () => answer);
    const holds = <Drawn>(drawn: fc.Arbitrary<Drawn>, check: (orderId: OrderId, drawn: Drawn) => Promise<void>) =>
      fc.assert(
        fc.asyncProperty(drawn, async (what) => check(await participant.newOrder(), what)),
        { numRuns: RUNS },
      );

    it('has one effect, however often it is asked to do', async () => {
      await holds(fc.tuple(some, some), async (orderId, [first, later]) => {
        for (const count of [first, later]) {
          expect(await ask(orderId, times(count, 'do'))).toEqual(all(count, 'done'));
          expect(await participant.effects(orderId)).toBe(1);
        }
      });
    }, 60_000);

    it('takes it back once, however often it is asked to undo', async () => {
      await holds(fc.tuple(some, some), async (orderId, [first, later]) => {
        await ask(orderId, ['do']);
        for (const count of [first, later]) {
          expect(await ask(orderId, times(count, 'undo'))).toEqual(all(count, 'done'));
          expect(await participant.effects(orderId)).toBe(0);
        }
      });
    }, 60_000);

    it('undoes what was never done, and refuses to do it later', async () => {
      await holds(fc.tuple(some, some), async (orderId, [undos, dos]) => {
        expect(await ask(orderId, times(undos, 'undo'))).toEqual(all(undos, 'done'));
        expect(await participant.effects(orderId)).toBe(0);
        expect(await ask(orderId, times(dos, 'do'))).toEqual(all(dos, 'refused'));
        expect(await participant.effects(orderId)).toBe(0);
      });
    }, 60_000);

    it('keeps nothing once an undo has returned, whatever is asked at once and in whatever order', async () => {
      await holds(fc.array(atOnce, { minLength: 1, maxLength: 3 }), async (orderId, batches) => {
        let undone = false;
        let done = false;
        for (const operations of batches) {
          const answers = await ask(orderId, operations);
          const dos = answers.filter((_, place) => operations[place] === 'do');
          const undos = answers.filter((_, place) => operations[place] === 'undo');
          expect(undos).toEqual(all(undos.length, 'done'));
          if (undone) expect(dos).toEqual(all(dos.length, 'refused'));
          undone ||= undos.length > 0;
          done ||= dos.length > 0;
          if (!undone) expect(dos).toEqual(all(dos.length, 'done'));
          expect(await participant.effects(orderId)).toBe(done && !undone ? 1 : 0);
        }
      });
    }, 60_000);
  });
}

async function answerOf(call: () => Promise<unknown>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await call();
      return 'done';
    } catch (error) {
      if (isWaybillError(error, ...REFUSALS)) return 'refused';
      if (!isWaybillError(error, ...UNCERTAIN) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}
