import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '#libs/kernel/errors.js';

/**
 * Waits for a condition: repeats `probe` until it neither throws nor returns false, and gives its value.
 * @throws Error with the last failure once `withinMs` have passed.
 */
export async function eventually<Value>(
  probe: () => Promise<Value> | Value,
  { withinMs = 10_000, everyMs = 20 } = {},
): Promise<Value> {
  const until = Date.now() + withinMs;
  for (;;) {
    const failure = await attempt(probe);
    if ('value' in failure) return failure.value;
    if (Date.now() >= until)
      throw new Error(`Still not so after ${withinMs} ms: ${messageOf(failure.error)}`, { cause: failure.error });
    await pause(everyMs);
  }
}

async function attempt<Value>(probe: () => Promise<Value> | Value): Promise<{ value: Value } | { error: unknown }> {
  try {
    const value = await probe();
    return value === false ? { error: new Error('the condition is false') } : { value };
  } catch (error) {
    return { error };
  }
}
