import type { Order as GrpcOrder } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Orders } from '../peers.module.js';
import { presentOrder } from '../read-orders/present-order.js';
import type { EventClient } from './event-client.js';
import { OrderFeed, type FeedListener } from './order-feed.js';

/** One client's way from its request to the end of its events. */
export class Follower implements FeedListener {
  /** True once the events have begun; false when there is nothing to follow. Refused with a WaybillError. */
  readonly begun: Promise<boolean>;
  private readonly feed: OrderFeed;
  private readonly late: NodeJS.Timeout;
  private client: EventClient | undefined;
  private resolve: (begun: boolean) => void = () => undefined;
  private reject: (error: WaybillError) => void = () => undefined;

  constructor(
    orders: Orders,
    id: string,
    afterVersion: number,
    { deadlineMs, metadata = {} }: CallOptions,
    private readonly begin: () => EventClient,
  ) {
    this.begun = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.late = setTimeout(() => this.giveUp(), deadlineMs);
    this.feed = new OrderFeed(orders, id, afterVersion, { metadata }, this);
    this.feed.open();
  }

  accepted(): void {
    clearTimeout(this.late);
    this.client = this.begin();
    this.resolve(true);
  }

  changed(order: GrpcOrder): void {
    this.client?.send(frameOf(order));
  }

  ended(): void {
    clearTimeout(this.late);
    this.client?.finish();
    this.resolve(false);
  }

  failed(error: WaybillError): void {
    clearTimeout(this.late);
    this.client?.close();
    this.reject(error);
  }

  /** The client has gone. */
  close(): void {
    clearTimeout(this.late);
    this.feed.close();
    this.resolve(true);
  }

  private giveUp(): void {
    this.feed.close();
    this.reject(new WaybillError('DEADLINE_EXCEEDED', 'orders has not said in time whether the order may be followed'));
  }
}

function frameOf(order: GrpcOrder): string {
  return `event: status\nid: ${order.version}\ndata: ${JSON.stringify(presentOrder(order))}\n\n`;
}
