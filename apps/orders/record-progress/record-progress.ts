import { Injectable } from '@nestjs/common';
import { OrderStatus, type RecordResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { OrderStore } from '../order-log/order-store.js';
import type { ProgressRecord } from './requests.js';

/** Adds to an order's log what its workflow reports. A repeat adds nothing, and is answered like the first. */
@Injectable()
export class RecordProgress {
  constructor(private readonly orders: OrderStore) {}

  async execute({ orderId, command }: ProgressRecord): Promise<RecordResponse> {
    const { progress, version } = await this.orders.change(orderId, command);
    await failpoint('record-progress.before-reply', orderId);
    return { status: OrderStatus[progress.status], version };
  }
}
