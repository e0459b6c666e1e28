import { Inject, Injectable } from '@nestjs/common';
import type {
  ListHeadsRequest,
  LoggedOrder,
  LogHead,
  ReadLogResponse,
} from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { fromStatus } from '#libs/grpc/errors.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { ORDER_LOG, type OrderLog } from '../peers.js';
import type { LoggedEvent } from '../projections/projection.js';
import { loggedEvent } from './logged-events.js';

export interface LogBatch {
  /** By their ids. The first one may go on from the batch before. */
  readonly orders: readonly LoggedOrder[];
  /** About how many orders there were to read when the reading began. In the first batch only. */
  readonly toCome: number;
}

/** Up to where the log was read. */
export interface LogPlace {
  /** Empty: nothing yet. */
  readonly orderId: string;
  /** Of that order; 0: all of it. */
  readonly version: number;
}

export const BEGINNING: LogPlace = { orderId: '', version: 0 };

/** Where a reading stands once it has taken a batch. */
export function placeAfter({ orders }: LogBatch, before: LogPlace): LogPlace {
  const last = orders.at(-1);
  return last ? { orderId: last.orderId, version: last.events.at(-1)?.version ?? 0 } : before;
}

/** The log of orders, as orders tells it. */
@Injectable()
export class ReadOrderLog {
  constructor(@Inject(ORDER_LOG) private readonly log: OrderLog) {}

  /** One order's events after a version. @throws UnreadableLog, WaybillError */
  async after(orderId: string, afterVersion: number): Promise<readonly LoggedEvent[]> {
    const found: LoggedEvent[] = [];
    for (;;) {
      const last = found.at(-1)?.version ?? afterVersion;
      const { events, more } = await this.log.getEvents({ orderId, afterVersion: last });
      for (const event of events) found.push(loggedEvent(orderId, event));
      if (!more || events.length === 0) return found;
    }
  }

  /** Where the logs of the newest orders end, of those that were published so long ago. @throws WaybillError */
  async heads(asked: ListHeadsRequest): Promise<readonly LogHead[]> {
    const { heads } = await this.log.listHeads(asked);
    return heads;
  }

  /**
   * The log after a place, as fast as it is taken. A connection has its age, and a reading may outlive it: as long as one
   * brings anything, the next goes on where it ended. @throws WaybillError
   */
  async *from(place: LogPlace, signal: AbortSignal): AsyncGenerator<LogBatch> {
    let last = place;
    for (;;) {
      const began = last;
      try {
        for await (const batch of this.read(began, signal)) {
          last = placeAfter(batch, last);
          yield batch;
        }
        return;
      } catch (error) {
        const lost = isWaybillError(error) && error.code === 'UNAVAILABLE' && !signal.aborted;
        if (!lost || last === began) throw error;
      }
    }
  }

  private async *read({ orderId, version }: LogPlace, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const request = { afterOrderId: orderId, afterVersion: version, inParts: true };
    const call = this.log.readLog(request, { signal });
    try {
      for await (const { orders, ordersToCome } of call as AsyncIterable<ReadLogResponse>)
        yield { orders, toCome: ordersToCome };
    } catch (error) {
      throw fromStatus(error as Parameters<typeof fromStatus>[0]);
    } finally {
      call.cancel();
    }
  }
}
