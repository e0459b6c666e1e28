import { Injectable } from '@nestjs/common';
import type { AmendOrderRequest, AmendOrderResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { CommandOrder } from '../command-order/command-order.js';
import { readAmend } from './request.js';

/** Somebody wants other quantities, or another address. */
@Injectable()
export class AmendOrder {
  constructor(private readonly commands: CommandOrder) {}

  execute(request: AmendOrderRequest): Promise<AmendOrderResponse> {
    return this.commands.execute(() => readAmend(request));
  }
}
