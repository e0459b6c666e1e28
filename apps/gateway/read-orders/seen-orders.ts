import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/security/tokens.js';

/** A state of an order that a caller was told of. */
export interface SeenOrder {
  readonly id: string;
  readonly version: number;
}

interface Told extends SeenOrder {
  readonly at: number;
}

const KEPT_MS = 10_000;
const PER_CALLER = 20;
const CALLERS = 5_000;

/**
 * What callers were told of late: a list that they ask for next must not contradict it. Read models are a moment behind, and
 * this is how the moment is noticed. Kept by this process alone, for seconds.
 */
@Injectable()
export class SeenOrders {
  private readonly byCaller = new Map<string, Map<string, Told>>();
  /** Operators see everybody's. */
  private newest: Told | undefined;

  /** The caller was told of this order. */
  tell({ subject }: Pick<Caller, 'subject'>, { id, version }: SeenOrder): void {
    const told = { id, version, at: Date.now() };
    const seen = this.byCaller.get(subject) ?? new Map<string, Told>();
    const before = seen.get(id)?.version ?? 0;
    seen.delete(id);
    seen.set(id, { ...told, version: Math.max(version, before) });
    if (seen.size > PER_CALLER) seen.delete(oldest(seen, id));
    this.byCaller.delete(subject);
    this.byCaller.set(subject, seen);
    if (this.byCaller.size > CALLERS) this.byCaller.delete(oldest(this.byCaller, subject));
    if (version === 1) this.newest = told;
  }

  /** What the caller knows of, and an operator of what was placed last. */
  of({ subject, kind }: Pick<Caller, 'subject' | 'kind'>): SeenOrder[] {
    const seen = [...(this.byCaller.get(subject)?.values() ?? [])];
    const known = kind === 'operator' && this.newest && !seen.some(({ id }) => id === this.newest?.id);
    return [...seen, ...(known ? [this.newest] : [])].flatMap((told) =>
      told && Date.now() - told.at < KEPT_MS ? [{ id: told.id, version: told.version }] : [],
    );
  }

  /** The version of one order that the caller knows of; 0: of none. */
  versionOf(caller: Pick<Caller, 'subject'>, id: string): number {
    const told = this.byCaller.get(caller.subject)?.get(id);
    return told && Date.now() - told.at < KEPT_MS ? told.version : 0;
  }
}

function oldest(map: ReadonlyMap<string, unknown>, fallback: string): string {
  return map.keys().next().value ?? fallback;
}
