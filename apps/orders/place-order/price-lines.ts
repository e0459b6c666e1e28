import { Inject, Injectable } from '@nestjs/common';
import type { LineData, PricedLineData } from '#libs/contracts/events.js';
import { multiply, type Money } from '#libs/contracts/money.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import { CATALOG, type Catalog } from '../peers.js';

interface Price {
  readonly name: string;
  readonly price: Money;
  readonly seenAt: number;
}

const CAPACITY = 10_000;

/** What lines cost: by the catalogue; while it is down, by what it said a moment ago. */
@Injectable()
export class PriceLines {
  private readonly seen = new Map<string, Price>();

  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(CONFIG) private readonly config: OrdersConfig,
  ) {}

  /** @throws WaybillError UNKNOWN_SKU that names each, or UNAVAILABLE when neither catalogue nor memory has a price. */
  async execute(lines: readonly LineData[]): Promise<readonly PricedLineData[]> {
    const prices = await this.pricesOf(lines.map(({ sku }) => sku));
    return lines.map(({ sku, quantity }) => {
      const known = prices.get(sku);
      if (known === undefined)
        throw new WaybillError('UNAVAILABLE', `The catalogue gave no price for ${sku}; try again`);
      return { sku, name: known.name, quantity, unitPrice: known.price, lineTotal: multiply(known.price, quantity) };
    });
  }

  private async pricesOf(skus: readonly string[]): Promise<ReadonlyMap<string, Price>> {
    try {
      return await this.ask(skus);
    } catch (error) {
      if (isWaybillError(error) && !error.technical) throw error;
      return this.remembered(skus, error);
    }
  }

  private async ask(skus: readonly string[]): Promise<ReadonlyMap<string, Price>> {
    const request = { skus: [...skus] };
    const answer = await this.catalog.priceLines(request);
    const [unknown] = answer.unknownSkus;
    if (unknown !== undefined) {
      const all = answer.unknownSkus.join(', ');
      throw new WaybillError('UNKNOWN_SKU', `There is no product ${all}`, { sku: all });
    }
    const seenAt = Date.now();
    const prices = new Map<string, Price>();
    for (const { sku, name, price } of answer.products) if (price) prices.set(sku, { name, price, seenAt });
    for (const [sku, price] of prices) this.remember(sku, price);
    return prices;
  }

  private remember(sku: string, price: Price): void {
    this.seen.delete(sku);
    this.seen.set(sku, price);
    if (this.seen.size > CAPACITY) this.seen.delete(this.seen.keys().next().value ?? sku);
  }

  private remembered(skus: readonly string[], cause: unknown): ReadonlyMap<string, Price> {
    const oldest = Date.now() - this.config.WAYBILL_PRICE_MAX_AGE;
    if (skus.every((sku) => (this.seen.get(sku)?.seenAt ?? 0) >= oldest)) {
      logger().warn({ error: cause }, 'the catalogue does not answer; prices from memory');
      return this.seen;
    }
    throw new WaybillError('UNAVAILABLE', 'The catalogue does not answer; try again in a moment', {}, { cause });
  }
}
