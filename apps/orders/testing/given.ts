import { expect } from '@jest/globals';
import type { ErrorCode } from '#libs/contracts/errors.js';
import type { OrderCommand } from '../order/commands.js';
import { decide } from '../order/decide.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { fold } from '#libs/order-log/evolve.js';

/** `given(…events).when(command).then(…events)`, or `.thenNothing()`, or `.thenRefused(code)`. */
export function given(...history: readonly OrderEvent[]) {
  return {
    when: (command: OrderCommand) => ({
      then: (...events: readonly OrderEvent[]) => expect(decide(command, fold(history))).toEqual(events),
      thenNothing: () => expect(decide(command, fold(history))).toEqual([]),
      thenRefused: (code: ErrorCode) =>
        expect(() => decide(command, fold(history))).toThrow(expect.objectContaining({ code })),
    }),
    /** What the order looks like after these events. */
    get progress() {
      const state = fold(history);
      if (state.kind === 'not-placed') throw new Error('the history does not begin with OrderPlaced');
      return state.progress;
    },
  };
}
