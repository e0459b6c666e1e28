import { Inject, Injectable } from '@nestjs/common';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { counter } from '#libs/telemetry/metrics.js';
import { ORDER_VIEW, ORDERS, type Orders, type OrderView } from '../peers.module.js';

const fallbacks = counter('waybill_view_fallbacks_total', 'Reads that orders answered in place of order-view', [
  'read',
  'reason',
]);

/** Reads from the view; from orders, which knows everything at once, while the view is away or behind. */
@Injectable()
export class AskOrderView {
  constructor(
    @Inject(ORDER_VIEW) private readonly view: OrderView,
    @Inject(ORDERS) private readonly orders: Orders,
  ) {}

  /** @throws WaybillError: a refusal of the view, or whatever orders says */
  async read<Answer extends { readonly behind: boolean }, Fallback>(
    name: 'list' | 'timeline',
    forward: CallOptions,
    fromView: (view: OrderView, options: CallOptions) => Promise<Answer>,
    fromOrders: (orders: Orders, options: CallOptions) => Promise<Fallback>,
  ): Promise<Answer | Fallback> {
    const answer = await fromView(this.view, forward).catch(unlessRefused);
    if (answer !== undefined && !answer.behind) return answer;
    fallbacks.inc({ read: name, reason: answer === undefined ? 'unavailable' : 'behind' });
    return fromOrders(this.orders, forward);
  }
}

/** A refusal is an answer. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof WaybillError && error.technical) return undefined;
  throw error;
}
