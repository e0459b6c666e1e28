import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DependencyUnavailable } from '#libs/messaging/failures.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import { SEARCH_ATTRIBUTES } from '#workflows/fulfil-order/contract.js';
import { openOrders } from '../fulfilment.metrics.js';

/** Injection token of an OpenLimit. */
export const OPEN_LIMIT = Symbol('open limit');

export interface OpenLimit {
  readonly maxOpen: number;
  /** How long an order waits for room before its message goes back to the queue. */
  readonly patienceMs: number;
}

/** A count is trusted this long; what this process starts meanwhile is subtracted, so that only other replicas can exceed it. */
const TRUSTED_MS = 5_000;
/** What was started a moment ago is not counted yet. */
const VISIBLE_AFTER_MS = 200;

/** On their way, neither at rest nor waiting for a person: one that nobody can help for days holds up no other. */
const { status, needsAttention } = SEARCH_ATTRIBUTES;
const OPEN = `ExecutionStatus = 'Running' AND ${status.name} IN ('PENDING', 'REJECTING', 'CANCELLING') AND ${needsAttention.name} = false`;

/** Bounds how many orders are on their way at once: a backlog waits in the queue, where it costs nothing and is seen. */
@Injectable()
export class OpenOrders {
  private room = 0;
  private countedAt = -Infinity;
  private counting: Promise<void> | undefined;

  constructor(
    private readonly orchestrator: Orchestrator,
    @Inject(OPEN_LIMIT) private readonly limit: OpenLimit,
  ) {}

  /** @throws DependencyUnavailable when there is no room for too long, or when Temporal cannot be asked: the message comes again. */
  async waitForRoom(): Promise<void> {
    const until = Date.now() + this.limit.patienceMs;
    while (!this.take()) {
      if (Date.now() > until) throw new DependencyUnavailable(`${this.limit.maxOpen} orders are on their way already`);
      await (this.counting ??= this.count().finally(() => (this.counting = undefined)));
    }
  }

  private take(): boolean {
    if (this.room <= 0 || Date.now() - this.countedAt > TRUSTED_MS) return false;
    this.room -= 1;
    return true;
  }

  private async count(): Promise<void> {
    if (this.room <= 0 && this.countedAt > 0) await pause(VISIBLE_AFTER_MS);
    const { count } = await this.orchestrator.call(({ workflow }) => workflow.count(OPEN));
    openOrders.set(count);
    this.room = this.limit.maxOpen - count;
    this.countedAt = Date.now();
  }
}
