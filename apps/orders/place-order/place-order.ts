import { Inject, Injectable } from '@nestjs/common';
import type { PricedLineData } from '#libs/contracts/events.js';
import type {
  CreateOrderRequest,
  CreateOrderResponse,
  Order as OrderMessage,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { sum } from '#libs/contracts/money.js';
import { assertSomebodyWaits, callContext } from '#libs/grpc/call-context.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import type { Caller } from '#libs/security/tokens.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import { AcceptOrRefuse } from '../bound-accepting/accept-or-refuse.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import type { EventOf } from '#libs/order-log/events.js';
import { INVENTORY, type Inventory } from '../peers.js';
import { Claims, type Lease } from './claims.js';
import { fingerprintOf } from './fingerprint.js';
import { PriceLines } from './price-lines.js';
import { RecordPlaced } from './record-placed.js';
import { readKey, readWish, type OrderWish } from './request.js';

/**
 * Takes an order, exactly once per caller and idempotency key: claim the key, price, hold the stock under the order's id,
 * then record order and answer at once. A crash between any two of these leaves nothing that the next try does not mend;
 * stock that nobody comes back for is given back when its hold expires.
 */
@Injectable()
export class PlaceOrder {
  constructor(
    private readonly callers: IdentifyCaller,
    private readonly accepting: AcceptOrRefuse,
    private readonly claims: Claims,
    private readonly prices: PriceLines,
    private readonly record: RecordPlaced,
    @Inject(INVENTORY) private readonly inventory: Inventory,
  ) {}

  async execute(request: CreateOrderRequest): Promise<CreateOrderResponse> {
    const caller = await this.callers.withScope('orders:write', 'ops');
    const key = readKey(callContext().idempotencyKey);
    const wish = readWish(request, caller);
    this.accepting.orRefuse();
    const fingerprint = fingerprintOf(wish);
    const pricing = this.prices.execute(wish.items);
    // Asked meanwhile, to save its time; if the claim has an answer already, nobody waits for it.
    pricing.catch(() => undefined);
    const claim = await this.claims.take({ caller: caller.subject, key }, fingerprint);
    if (claim.kind === 'answered') return { order: claim.answer, replayed: true };
    return withLogContext({ orderId: claim.lease.orderId }, async () => {
      const order = await this.placeUnder(claim.lease, caller, wish, pricing);
      return order
        ? { order, replayed: false }
        : { order: await this.claims.answerOf(claim.lease, fingerprint), replayed: true };
    });
  }

  /** Undefined when the lease was lost on the way. */
  private async placeUnder(
    lease: Lease,
    caller: Caller,
    wish: OrderWish,
    pricing: Promise<readonly PricedLineData[]>,
  ): Promise<OrderMessage | undefined> {
    try {
      const event = orderPlaced(lease, caller, wish, await pricing);
      await failpoint('place-order.after-claim');
      await this.hold(lease, wish);
      await failpoint('place-order.after-hold');
      assertSomebodyWaits('The order was not recorded in time; repeat the request with the same key');
      const answer = await this.record.execute(lease, event);
      await failpoint('place-order.before-reply');
      if (answer) this.accepting.accepted();
      return answer;
    } catch (error) {
      await this.claims.giveUp(lease, error);
      throw error;
    }
  }

  private async hold({ orderId }: Lease, { items }: OrderWish): Promise<void> {
    const lines = items.map((line) => ({ ...line }));
    await this.inventory.hold({ orderId, lines });
  }
}

function orderPlaced(
  { orderId }: Lease,
  { subject, kind }: Caller,
  wish: OrderWish,
  items: readonly PricedLineData[],
): EventOf<'OrderPlaced'> {
  const currencies = new Set(items.map(({ lineTotal }) => lineTotal.currency));
  if (currencies.size > 1) {
    throw new WaybillError(
      'INVALID_REQUEST',
      `One order, one currency: these items cost ${[...currencies].join(' and ')}`,
    );
  }
  const total = sum(items.map(({ lineTotal }) => lineTotal));
  const placedBy = { subject, kind };
  return {
    type: 'OrderPlaced',
    data: { orderId, ...wish, items, total, placedBy, placedAt: new Date().toISOString() },
  };
}
