import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from './contract.js';

type ShownStatus = 'CONFIRMED' | 'SHIPPED' | 'DELIVERED' | 'REJECTING' | 'REJECTED' | 'CANCELLING' | 'CANCELLED';

/** What Temporal's own UI tells of an order: what it is doing or waiting for, in words, and its search attributes. No personal data. */
export class Display {
  readonly #lines = new Map<string, string>();

  /** Shows a line, in place of the last one on this topic. */
  show(topic: string, line: string): void {
    this.#lines.set(topic, line);
    this.#refresh();
  }

  hide(topic: string): void {
    this.#lines.delete(topic);
    this.#refresh();
  }

  status(status: ShownStatus): void {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: status }]);
  }

  needsAttention(needed: boolean): void {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: needed }]);
  }

  #refresh(): void {
    setCurrentDetails([...this.#lines.values()].join('\n\n'));
  }
}

/** The workflow's time, as people read it. */
export function now(): string {
  return timeOf(Date.now());
}

export function timeOf(at: number | string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
