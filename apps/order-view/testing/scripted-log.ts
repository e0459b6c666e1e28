import {
  Server,
  ServerCredentials,
  status,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { versionOf } from '#libs/contracts/events.js';
import {
  OrderLogServiceService,
  type GetEventsRequest,
  type GetEventsResponse,
  type ListHeadsRequest,
  type ListHeadsResponse,
  type LoggedEvent as WireEvent,
  type LoggedOrder,
  type LogHead,
  type ReadLogRequest,
  type ReadLogResponse,
} from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import type { LoggedEvent } from '../projections/projection.js';

/** The log of orders, as a test writes it, served as orders serves it. */
export class ScriptedLog {
  readonly orders = new Map<string, LoggedEvent[]>();
  /** As the log holds them though nobody here can read them. */
  readonly unreadable = new Map<string, WireEvent>();
  /** Called before each order is told in a reading of the whole log. */
  onRead: (orderId: string) => Promise<void> = async () => undefined;
  asked = 0;
  /** After which order each reading of the whole log began. */
  readonly readings: string[] = [];
  /** The next reading ends after so many messages as it does when its connection is lost. */
  loseAfter: number | undefined;
  /** Events of one order that are told at once. */
  atOnce = Infinity;
  address = '';
  private readonly server = new Server();
  /** When each was appended to. */
  private readonly appendedAt = new Map<string, number>();

  append(...events: readonly LoggedEvent[]): void {
    for (const event of events) {
      const log = this.orders.get(event.orderId) ?? [];
      if (!log.some(({ version }) => version === event.version)) log.push(event);
      this.orders.set(event.orderId, log);
      this.appendedAt.set(event.orderId, performance.now());
    }
  }

  async start(): Promise<void> {
    this.server.addService(OrderLogServiceService, {
      readLog: (call: ServerWritableStream<ReadLogRequest, ReadLogResponse>) => void this.tell(call),
      getEvents: (
        { request }: ServerUnaryCall<GetEventsRequest, GetEventsResponse>,
        respond: sendUnaryData<GetEventsResponse>,
      ) => {
        this.asked += 1;
        const events = this.after(request.orderId, request.afterVersion);
        respond(null, { events: events.slice(0, this.atOnce), more: events.length > this.atOnce });
      },
      listHeads: (
        { request }: ServerUnaryCall<ListHeadsRequest, ListHeadsResponse>,
        respond: sendUnaryData<ListHeadsResponse>,
      ) => respond(null, { heads: this.heads(request) }),
    });
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    this.address = `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private heads({ publishedForMs, limit }: ListHeadsRequest): LogHead[] {
    const before = performance.now() - publishedForMs;
    const ids = [...this.orders.keys()].filter((id) => (this.appendedAt.get(id) ?? 0) < before);
    const newest = ids.sort().reverse().slice(0, limit);
    return newest.map((orderId) => ({ orderId, version: this.orders.get(orderId)?.at(-1)?.version ?? 0 }));
  }

  private after(orderId: string, version: number): WireEvent[] {
    const known = (this.orders.get(orderId) ?? []).filter((event) => event.version > version).map(wire);
    const odd = this.unreadable.get(orderId);
    return odd ? [...known, odd] : known;
  }

  private async tell(call: ServerWritableStream<ReadLogRequest, ReadLogResponse>): Promise<void> {
    const { afterOrderId } = call.request;
    this.readings.push(afterOrderId);
    const { loseAfter } = this;
    this.loseAfter = undefined;
    const messages = [...this.messages(call.request)];
    call.write({ orders: [], ordersToCome: messages.length });
    for (const [at, order] of messages.entries()) {
      if (at === loseAfter)
        return void call.emit('error', { code: status.UNAVAILABLE, details: 'Connection dropped', metadata: null });
      await this.onRead(order.orderId);
      call.write({ orders: [order], ordersToCome: 0 });
    }
    call.end();
  }

  private *messages({ afterOrderId, afterVersion }: ReadLogRequest): Generator<LoggedOrder> {
    for (const orderId of [...this.orders.keys()].sort()) {
      const begun = orderId === afterOrderId && afterVersion > 0;
      if (orderId <= afterOrderId && !begun) continue;
      const events = this.after(orderId, begun ? afterVersion : 0);
      for (let from = 0; from < events.length; from += this.atOnce)
        yield { orderId, events: events.slice(from, from + this.atOnce) };
    }
  }
}

function wire({ version, event, occurredAt }: LoggedEvent): WireEvent {
  const { type, data } = event;
  return {
    version,
    type,
    schemaVersion: versionOf(type),
    occurredAtMs: occurredAt.getTime(),
    data: JSON.stringify(data),
  };
}
