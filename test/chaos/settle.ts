import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Flights } from './flights.js';
import { until, type System } from './system.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Violation {
  readonly invariant: string;
  readonly orderId?: string;
  readonly message: string;
}

/** Waits until every order has come to rest. @returns how many have not within the time. */
export async function settle(flights: Flights, delivered: boolean, withinMs: number): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const atRest = async (): Promise<boolean> => {
    left = await flights.unfinished(delivered);
    return left.length === 0;
  };
  await until(atRest, withinMs, () => 'every order to end', 500).catch(() => undefined); // what is left says it
  return left;
}

/**
 * `waybill verify --at-rest`, until it finds nothing: the last messages are on their way while the last order ends.
 * @returns what it still found when the time was over.
 */
export async function verifyAtRest(
  { runFile }: System,
  accepted: ReadonlySet<string>,
  file: string,
  withinMs = 30_000,
): Promise<readonly Violation[]> {
  writeFileSync(file, [...accepted].map((id) => `${JSON.stringify({ id })}\n`).join(''));
  let found: readonly Violation[] = [];
  const clean = async (): Promise<boolean> => {
    found = await verifyOnce(runFile, file);
    return found.length === 0;
  };
  await until(clean, withinMs, () => 'verify to find nothing', 1_000).catch((error: unknown) => {
    if (found.length === 0) throw error;
  });
  return found;
}

function verifyOnce(runFile: string, accepted: string): Promise<readonly Violation[]> {
  const args = ['dist/apps/cli/main.js', 'verify', '--json', '--at-rest', '--accepted', accepted];
  const env = { ...process.env, WAYBILL_RUN_FILE: runFile };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { readonly violations: readonly Violation[] }).violations);
      } catch {
        reject(new Error(`waybill verify failed: ${stderr || stdout}`, { cause: error }));
      }
    });
  });
}
