import { Inject, Injectable } from '@nestjs/common';
import type { Product } from '#libs/contracts/http/products.js';
import { messageOf } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { presentProduct } from '../browse-products/present-product.js';
import { CONFIG, type GatewayConfig } from '../gateway.config.js';
import { CATALOG, type Catalog } from '../peers.module.js';

const SHOWN = 5;

/** What most people buy, as the catalogue said it some time ago: it stands in while the catalogue does not answer. */
@Injectable()
export class PopularProducts {
  private items: readonly Product[] = [];
  private seenAt = -Infinity;
  private asking = false;

  constructor(
    @Inject(CATALOG) private readonly catalog: Pick<Catalog, 'listPopular'>,
    @Inject(CONFIG)
    private readonly config: Pick<GatewayConfig, 'WAYBILL_POPULAR_FRESH_MS' | 'WAYBILL_POPULAR_MAX_AGE_MS'>,
  ) {}

  /** Asks for them beside what is being served, when those at hand are no longer fresh. Nobody waits for it. */
  refresh(): void {
    if (this.asking || Date.now() - this.seenAt < this.config.WAYBILL_POPULAR_FRESH_MS) return;
    this.asking = true;
    this.ask()
      .catch((error: unknown) => logger().debug({ reason: messageOf(error) }, 'popular products stay as they were'))
      .finally(() => (this.asking = false));
  }

  /** Undefined when there are none, or only old ones. */
  last(): Product[] | undefined {
    const young = Date.now() - this.seenAt < this.config.WAYBILL_POPULAR_MAX_AGE_MS;
    return young && this.items.length > 0 ? this.items.map((product) => ({ ...product, stale: true })) : undefined;
  }

  /** Its price has changed: better not shown than at the old one. */
  drop(sku: string): void {
    this.items = this.items.filter((product) => product.sku !== sku);
    this.seenAt = Math.min(this.seenAt, Date.now() - this.config.WAYBILL_POPULAR_FRESH_MS);
  }

  private async ask(): Promise<void> {
    const { items } = await this.catalog.listPopular({ limit: SHOWN });
    this.items = items.map(presentProduct);
    this.seenAt = Date.now();
  }
}
