import { Inject, Injectable } from '@nestjs/common';
import { OrderStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { Dashboard, Profile } from '#libs/contracts/http/dashboard.js';
import type { Order } from '#libs/contracts/http/orders.js';
import type { Product } from '#libs/contracts/http/products.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Caller } from '#libs/security/tokens.js';
import { presentProduct } from '../browse-products/present-product.js';
import { CONFIG, type GatewayConfig } from '../gateway.config.js';
import { CATALOG, CUSTOMERS, type Catalog, type Customers } from '../peers.module.js';
import { AskOrderView } from '../read-orders/ask-order-view.js';
import { presentOrder } from '../read-orders/present-order.js';
import { SeenOrders } from '../read-orders/seen-orders.js';
import { lives, partOf } from './part.js';
import { PopularProducts } from './popular-products.js';

const SHOWN = 5;

/** Three services asked at once, under one deadline. What does not answer is left out, or something stands in for it. */
@Injectable()
export class ComposeDashboard {
  constructor(
    @Inject(CUSTOMERS) private readonly customers: Customers,
    @Inject(CATALOG) private readonly catalog: Catalog,
    private readonly view: AskOrderView,
    private readonly seen: SeenOrders,
    private readonly popular: PopularProducts,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** @throws WaybillError UNAVAILABLE when no part lives */
  async for(caller: Caller, forward: CallOptions): Promise<Dashboard> {
    const ended = AbortSignal.timeout(this.config.WAYBILL_DASHBOARD_MS);
    const options = { ...forward, signal: AbortSignal.any([ended, ...(forward.signal ? [forward.signal] : [])]) };
    this.popular.refresh();
    const [profile, orders, recommendations] = await Promise.all([
      partOf('profile', ended, () => this.profile(caller, options)),
      partOf('orders', ended, () => this.orders(caller, options)),
      partOf(
        'recommendations',
        ended,
        () => this.recommended(options),
        () => this.popular.last(),
      ),
    ]);
    if (![profile, orders, recommendations].some(lives))
      throw new WaybillError('UNAVAILABLE', 'Nothing of the dashboard can be had at the moment');
    return { profile, orders, recommendations };
  }

  private async profile({ subject }: Caller, options: CallOptions): Promise<Profile> {
    const { id, name, email, addresses } = await this.customers.getProfile({ customerId: subject }, options);
    return { id, name, email, addresses };
  }

  private async orders(caller: Caller, options: CallOptions): Promise<Order[]> {
    const asked = { status: OrderStatus.UNSPECIFIED, cursor: '', limit: SHOWN };
    const seen = this.seen.of(caller);
    const { items } = await this.view.read(
      'list',
      options,
      (view, settings) => view.listOrders({ ...asked, customerId: '', seen }, settings),
      (orders, settings) => orders.listOrders(asked, settings),
    );
    return items.map(presentOrder);
  }

  private async recommended(options: CallOptions): Promise<Product[]> {
    const { items } = await this.catalog.recommend({ limit: SHOWN }, options);
    return items.map(presentProduct);
  }
}
