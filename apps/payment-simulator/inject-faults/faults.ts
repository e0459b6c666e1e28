import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

/** The calls that can be made to fail, by the names of their handlers. */
export const OPERATIONS = [
  'createIntent',
  'findIntent',
  'confirmIntent',
  'cancelIntent',
  'createRefund',
  'listRefunds',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const fault = z.strictObject({
  operation: z.enum([...OPERATIONS, 'any']),
  /** Before: nothing happened. After: it happened, and the caller does not learn it. */
  moment: z.enum(['before', 'after']),
  effect: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('error') }),
    z.strictObject({ kind: z.literal('reset') }),
    z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(60_000) }),
  ]),
  times: z.int().min(1).default(1),
});
export type Fault = z.output<typeof fault>;

/**
 * Faults that a test or an operator asks for, besides those that belong to a payment method.
 * Kept in memory: a restart forgets them.
 */
@Injectable()
export class Faults implements OnModuleDestroy {
  private readonly armed: { fault: Fault; left: number }[] = [];
  private readonly stopping = new AbortController();

  arm(fault: Fault): void {
    this.armed.push({ fault, left: fault.times });
  }

  disarm(): void {
    this.armed.length = 0;
  }

  /** The effect that this call meets, if any; each counts down as it is met. */
  take(operation: string, moment: Fault['moment']): Fault['effect'] | undefined {
    const index = this.armed.findIndex(
      ({ fault }) => fault.moment === moment && (fault.operation === 'any' || fault.operation === operation),
    );
    const met = this.armed[index];
    if (met === undefined) return undefined;
    met.left -= 1;
    if (met.left === 0) this.armed.splice(index, 1);
    return met.fault.effect;
  }

  /** Waits, but never longer than the process lives. */
  async hold(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }
}
