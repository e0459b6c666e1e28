import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type {
  StreamOrderUpdatesRequest,
  StreamOrderUpdatesResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { orderMessage } from '#libs/order-log/order-message.js';
import type { PastOrder } from '../order-log/order-history.js';
import type { Watch } from '../watch-changes/watch.js';

export type UpdatesCall = ServerWritableStream<StreamOrderUpdatesRequest, StreamOrderUpdatesResponse>;

/** Who reads a stream of updates, at its own pace. */
export class Reader {
  private readonly leaving = new AbortController();
  private behind = false;

  constructor(
    private readonly call: UpdatesCall,
    private readonly watch: Watch,
  ) {
    call.once('cancelled', () => this.leaving.abort());
    if (call.cancelled) this.leaving.abort();
  }

  /** Aborted when nobody reads any more. */
  get gone(): AbortSignal {
    return this.leaving.signal;
  }

  /** Tells the reader that it may read, though there may be nothing to read for a long time. */
  accept(): void {
    this.call.sendMetadata(new Metadata());
  }

  /** Waits for a change beyond a version. @returns false when nobody reads any more */
  changedBeyond(version: number): Promise<boolean> {
    return this.watch.beyond(version, { signal: this.gone });
  }

  /**
   * Sends one state after the other, as they are taken. When the order has changed again before they were, the reader has
   * fallen behind: it is spared the rest, and the next time gets the newest state alone. So nothing piles up.
   * @returns the last state that was sent
   */
  async sendAll(states: readonly PastOrder[]): Promise<PastOrder | undefined> {
    const due = this.behind ? states.slice(-1) : states;
    const newest = due.at(-1)?.order.version ?? 0;
    this.watch.seen(newest);
    this.behind = false;
    for (const state of due) {
      const taken = this.call.write({ order: orderMessage(state.order, state.updatedAt) });
      if (!taken) await this.drained();
      this.behind = !taken && this.watch.isBeyond(newest);
      if (this.behind || this.gone.aborted) return state;
    }
    return due.at(-1);
  }

  /** Ends the reading from this side. */
  dismiss(): void {
    this.leaving.abort();
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.call.off('drain', end);
        this.gone.removeEventListener('abort', end);
        resolve();
      };
      this.call.once('drain', end);
      this.gone.addEventListener('abort', end, { once: true });
      if (this.gone.aborted) end();
    });
  }
}
