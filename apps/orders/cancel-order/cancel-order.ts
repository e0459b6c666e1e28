import { Injectable } from '@nestjs/common';
import type { CancelOrderRequest, CancelOrderResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { CommandOrder } from '../command-order/command-order.js';
import { readCancel } from './request.js';

/** Somebody wants an order cancelled. */
@Injectable()
export class CancelOrder {
  constructor(private readonly commands: CommandOrder) {}

  execute(request: CancelOrderRequest): Promise<CancelOrderResponse> {
    return this.commands.execute(() => readCancel(request));
  }
}
