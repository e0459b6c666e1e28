import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type {
  Order as GrpcOrder,
  StreamOrderUpdatesResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { StreamOptions } from '#libs/grpc/client.js';
import { fromStatus } from '#libs/grpc/errors.js';
import { isWaybillError, messageOf, WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import type { Orders } from '../peers.module.js';

export interface FeedListener {
  /** The caller may read, and there is something to wait for. */
  accepted(): void;
  changed(order: GrpcOrder): void;
  /** The order has ended. */
  ended(): void;
  /** For good. */
  failed(error: WaybillError): void;
}

const FIRST_RESUME_MS = 100;
const LAST_RESUME_MS = 5_000;

/**
 * The updates of one order, on behalf of one caller. Once it was accepted, it resumes by itself where a connection or a replica
 * of orders comes to its end: whoever listens notices nothing but, at worst, a delay.
 */
export class OrderFeed {
  private call: ClientReadableStream<StreamOrderUpdatesResponse> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private resumeMs = FIRST_RESUME_MS;
  private accepted = false;
  private closed = false;

  constructor(
    private readonly orders: Orders,
    private readonly id: string,
    private version: number,
    private readonly options: StreamOptions,
    private readonly listener: FeedListener,
  ) {}

  open(): void {
    const call = this.orders.streamOrderUpdates({ id: this.id, afterVersion: this.version }, this.options);
    let failure: WaybillError | undefined;
    this.call = call;
    call.once('metadata', () => this.accept());
    call.on('data', ({ order }: StreamOrderUpdatesResponse) => this.take(order));
    call.once('error', (error: ServiceError) => this.lose((failure = fromStatus(error))));
    call.once('end', () => failure === undefined && !this.closed && this.listener.ended());
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.call?.cancel();
  }

  private accept(): void {
    this.resumeMs = FIRST_RESUME_MS;
    if (this.accepted) return;
    this.accepted = true;
    this.listener.accepted();
  }

  private take(order: GrpcOrder | undefined): void {
    if (order === undefined || this.closed) return;
    this.version = order.version;
    try {
      this.listener.changed(order);
    } catch (error) {
      logger().error({ error, orderId: this.id }, 'orders sent what cannot be shown');
      this.close();
      this.listener.failed(new WaybillError('INTERNAL', messageOf(error), {}, { cause: error }));
    }
  }

  /** Many are lost together: they do not come back at the same moment. */
  private lose(error: WaybillError): void {
    if (this.closed) return;
    if (!this.accepted || !isWaybillError(error, 'UNAVAILABLE', 'OVERLOADED', 'DEADLINE_EXCEEDED'))
      return this.listener.failed(error);
    this.timer = setTimeout(() => this.open(), this.resumeMs * (0.5 + Math.random()));
    this.resumeMs = Math.min(this.resumeMs * 2, LAST_RESUME_MS);
  }
}
