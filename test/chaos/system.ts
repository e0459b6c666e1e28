import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseEyes } from './database-eyes.js';
import type { ProcessName } from './processes.js';

interface RunFile {
  readonly gateway: { readonly url: string };
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly rabbitmq: { readonly amqp: string; readonly management: string };
  readonly postgres: { readonly url: string; readonly auditor: string };
  readonly services: Readonly<Record<string, { readonly metrics: string; readonly http?: string }>>;
  readonly tokens: { readonly customer: string; readonly otherCustomer: string; readonly operator: string };
  readonly control: { readonly url: string; readonly token: string };
}

export interface UnitStatus {
  readonly name: string;
  readonly state: 'stopped' | 'starting' | 'ready' | 'held';
  readonly pid: number | null;
  readonly restarts: number;
}

/** The system under test: what it is made of, and a hand on each of its processes. */
export class System {
  readonly run: RunFile;
  readonly databases: DatabaseEyes;

  constructor(
    readonly runFile: string,
    readonly failpoints: string,
  ) {
    this.run = JSON.parse(readFileSync(runFile, 'utf8')) as RunFile;
    this.databases = new DatabaseEyes(this.run.postgres.url, this.run.postgres.auditor);
  }

  async units(): Promise<UnitStatus[]> {
    return (await this.control('GET', 'status')) as UnitStatus[];
  }

  async unit(name: string): Promise<UnitStatus> {
    const unit = (await this.units()).find((each) => each.name === name);
    if (unit === undefined) throw new Error(`There is no process ${name} in ${this.runFile}`);
    return unit;
  }

  /** Waits until these (or all that are not held down) are up; the supervisor brings them back. */
  async untilReady(names?: readonly string[], withinMs = 90_000): Promise<void> {
    await until(
      async () => {
        const units = await this.units();
        return units
          .filter(({ name }) => names?.includes(name) ?? true)
          .every(({ state }) => state === 'ready' || state === 'held');
      },
      withinMs,
      () => `${names?.join(', ') ?? 'every process'} to be ready`,
    );
  }

  /** Waits until a process is ready under another pid than before. */
  async untilReplaced(name: string, pid: number, withinMs = 90_000): Promise<void> {
    const isReplaced = async (): Promise<boolean> => {
      const unit = await this.unit(name);
      return unit.state === 'ready' && unit.pid !== pid;
    };
    await until(isReplaced, withinMs, () => `${name} to be started again`);
  }

  async hold(name: ProcessName): Promise<void> {
    await this.control('POST', `stop/${name}`);
  }

  async start(name: ProcessName): Promise<void> {
    await this.control('POST', `start/${name}`);
  }

  /** What the payment provider does on request: fail, be slow, lose answers. */
  async injectFault(fault: object): Promise<void> {
    await this.simulator('POST', fault);
  }

  async endFaults(): Promise<void> {
    await this.simulator('DELETE');
  }

  async close(): Promise<void> {
    await this.databases.close();
  }

  private async simulator(method: string, body?: object): Promise<void> {
    const url = `${this.run.services['payment-simulator']?.http}/simulator/faults`;
    const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(url, { method, ...json });
    if (!response.ok) throw new Error(`The payment simulator answered ${response.status}: ${await response.text()}`);
  }

  private async control(method: string, path: string): Promise<unknown> {
    const { url, token } = this.run.control;
    const response = await fetch(`${url}/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`The launcher answered ${method} ${path} with ${JSON.stringify(body)}`);
    return body;
  }
}

/** Waits for a condition. An error of the probe counts as "not yet". */
export async function until(
  probe: () => Promise<boolean> | boolean,
  withinMs: number,
  what: () => string,
  everyMs = 100,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  let last = '';
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1_000} s in vain for ${what()}${last}`);
    await pause(everyMs);
  }
}
