import { messageOf } from '#libs/kernel/errors.js';

/** Resolves when the dependency can be used, rejects with the reason when it cannot. */
export type ReadinessCheck = () => Promise<void>;

export interface ReadinessReport {
  readonly ready: boolean;
  /** Per dependency: `ok`, or why not. */
  readonly checks: Readonly<Record<string, string>>;
}

interface Registered {
  readonly check: ReadinessCheck;
  /** Work goes on without it: reported, but the service stays ready. */
  readonly optional: boolean;
}

interface Result {
  readonly name: string;
  readonly optional: boolean;
  readonly result: string;
}

const CHECK_TIMEOUT_MS = 2_000;
const checks = new Map<string, Registered>();
let asking: Promise<Result[]> | undefined;
const stopping = new AbortController();

/** Aborted when the service begins to stop. */
export const stops: AbortSignal = stopping.signal;

export function registerReadiness(name: string, check: ReadinessCheck, { optional = false } = {}): void {
  checks.set(name, { check, optional });
}

/** From here on the service reports itself as not ready, so that nobody sends it new work. */
export function stopBeingReady(): void {
  stopping.abort();
}

/** Whoever asks while it is being found out gets the same answer: many who ask are no load for what is depended on. */
export async function reportReadiness(): Promise<ReadinessReport> {
  const results = await (asking ??= askAll().finally(() => (asking = undefined)));
  return {
    ready: !stops.aborted && results.every(({ optional, result }) => optional || result === 'ok'),
    checks: Object.fromEntries(results.map(({ name, result }) => [name, result])),
  };
}

function askAll(): Promise<Result[]> {
  return Promise.all(
    [...checks].map(async ([name, { check, optional }]) => ({ name, optional, result: await run(check) })),
  );
}

async function run(check: ReadinessCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS} ms`);
  });
  try {
    return await Promise.race([check().then(() => 'ok', messageOf), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
