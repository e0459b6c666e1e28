import { Inject, Injectable } from '@nestjs/common';
import type { LoggedOrder, ReadLogResponse } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { fromStatus } from '#libs/grpc/errors.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { ORDER_LOG, type OrderLog } from '../peers.js';
import type { LoggedEvent } from '../projections/projection.js';
import { loggedEvent } from './logged-events.js';

export interface LogBatch {
  /** Whole orders, by their ids. */
  readonly orders: readonly LoggedOrder[];
  /** How many orders there were to read when the reading began. In the first batch only. */
  readonly toCome: number;
}

/** The log of orders, as orders tells it. */
@Injectable()
export class ReadOrderLog {
  constructor(@Inject(ORDER_LOG) private readonly log: OrderLog) {}

  /** One order's events after a version. @throws UnreadableLog, WaybillError */
  async after(orderId: string, afterVersion: number): Promise<readonly LoggedEvent[]> {
    const { events } = await this.log.getEvents({ orderId, afterVersion });
    return events.map((event) => loggedEvent(orderId, event));
  }

  /**
   * All orders after one, as fast as they are taken. A connection has its age, and a reading may outlive it: as long as one
   * brings anything, the next goes on where it ended. @throws WaybillError
   */
  async *from(afterOrderId: string, signal: AbortSignal): AsyncGenerator<LogBatch> {
    let last = afterOrderId;
    for (;;) {
      const began = last;
      try {
        for await (const batch of this.read(began, signal)) {
          last = batch.orders.at(-1)?.orderId ?? last;
          yield batch;
        }
        return;
      } catch (error) {
        const lost = isWaybillError(error) && error.code === 'UNAVAILABLE' && !signal.aborted;
        if (!lost || last === began) throw error;
      }
    }
  }

  private async *read(afterOrderId: string, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const call = this.log.readLog({ afterOrderId }, { signal });
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
