import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { NewsListener } from '#libs/messaging/news-listener.js';
import { PopularProducts } from '../show-dashboard/popular-products.js';
import { ProductCache } from './product-cache.js';

export const BROKER = Symbol('BROKER');

/** Drops what is kept of a product when its price changes; of all, when changes may have been missed. Every gateway hears each change. */
@Injectable()
export class FollowPrices implements OnApplicationBootstrap, OnApplicationShutdown {
  private listener: NewsListener | undefined;

  constructor(
    @Inject(BROKER) private readonly url: string,
    private readonly cache: ProductCache,
    private readonly popular: PopularProducts,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const listening = (): void => this.cache.clear();
    this.listener = await NewsListener.start(
      { url: this.url, service: 'gateway', types: ['ProductPriceChanged'], listening },
      ({ subject: sku }) => {
        this.cache.drop(sku);
        this.popular.drop(sku);
      },
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener?.stop();
  }
}
