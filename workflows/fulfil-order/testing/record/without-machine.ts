import { homedir, hostname } from 'node:os';

/** What tells where a history was recorded, and is nothing to a replay. */
const LEFT_OUT = new Set(['stackTrace', 'requestId', 'taskId', 'workerVersion', 'meteringMetadata']);

/** @throws Error when something of this machine is left in it. */
export function withoutMachine(events: readonly object[]): object[] {
  const stripped = events.map((event) => strip(event) as object);
  const text = JSON.stringify(stripped);
  const left = [`@${hostname()}`, homedir(), process.cwd()].filter((word) => text.includes(word));
  if (left.length > 0) throw new Error(`A history names this machine: ${left.join(', ')}`);
  return stripped;
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, key === 'identity' ? 'worker' : strip(each)]));
}
