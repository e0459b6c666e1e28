import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

/**
 * Who takes part in an order's saga, and the database under them: one of these at a time, and not again before an order
 * has had its attempts. All others may go at any moment.
 */
export const PARTICIPANTS = [
  'orders',
  'inventory',
  'payments',
  'shipping',
  'fulfilment',
  'payment-simulator',
  'carrier-simulator',
  'postgres',
] as const;
export const BYSTANDERS = [
  'gateway',
  'catalog',
  'customers',
  'notifications',
  'billing',
  'operations',
  'order-view',
  'rabbitmq',
  'temporal',
] as const;

/** Who takes messages from queues or streams. */
export const CONSUMERS = [
  'orders',
  'fulfilment',
  'gateway',
  'catalog',
  'notifications',
  'billing',
  'operations',
  'order-view',
] as const;

export type ProcessName = (typeof PARTICIPANTS)[number] | (typeof BYSTANDERS)[number];
export const PROCESSES: readonly ProcessName[] = [...PARTICIPANTS, ...BYSTANDERS];

/** Two blows at participants are at least this far apart. */
export const PARTICIPANTS_APART_MS = 20_000;

export function isParticipant(name: ProcessName): boolean {
  return (PARTICIPANTS as readonly string[]).includes(name);
}

/** Sends a signal; a process that has gone meanwhile is no mistake. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Not by its class: in Jest an error of Node's own is no instance of the test's Error.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The pids of a process's children and theirs. Postgres' backends are such. */
export function descendantsOf(pid: number): number[] {
  const parents = existsSync('/proc/self/stat') ? parentsFromProc() : parentsFromPs();
  const below = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function parentsFromProc(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
}

function parentsFromPs(): Map<number, number> {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0; // it has ended meanwhile
  }
}
