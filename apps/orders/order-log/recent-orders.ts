import { isFinal, type Order } from '#libs/order-log/order.js';

const CAPACITY = 2_000;

/** The orders that this process wrote last, as it wrote them. Others may have changed them since. */
export class RecentOrders {
  private readonly byId = new Map<string, Order>();

  get(orderId: string): Order | undefined {
    return this.byId.get(orderId);
  }

  /** An order that has ended is hardly ever asked for again. The one not used for longest makes room. */
  remember(order: Order): Order {
    const { orderId } = order.placed;
    this.byId.delete(orderId);
    if (!isFinal(order.progress.status)) this.byId.set(orderId, order);
    if (this.byId.size > CAPACITY) this.byId.delete(this.byId.keys().next().value ?? orderId);
    return order;
  }
}
