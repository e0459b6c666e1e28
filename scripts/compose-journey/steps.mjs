import { setTimeout as pause } from 'node:timers/promises';

export function say(text) {
  process.stdout.write(`${text}\n`);
}

export function secondsSince(startedAt) {
  return `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
}

/** Says what was done and how long it took. */
export async function step(name, work) {
  const startedAt = Date.now();
  const result = await work();
  say(`ok  ${secondsSince(startedAt).padStart(8)}  ${name}`);
  return result;
}

export function check(good, message) {
  if (!good) throw new Error(message);
}

/** Tries until it does not throw. @throws what it threw last, once the time is over */
export async function eventually(what, withinMs, attempt) {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until)
        throw new Error(`${what}: not within ${withinMs / 1_000} s: ${error.message}`, { cause: error });
      await pause(500);
    }
  }
}
