import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type {
  ListProductsResponse,
  Product as GrpcProduct,
} from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { changeProduct, getProduct, listProducts } from '#libs/contracts/http/operations.js';
import type { Product, ProductPage } from '#libs/contracts/http/products.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { CATALOG, type Catalog } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { presentProduct } from './present-product.js';
import { ProductCache } from './product-cache.js';

/** Prices change seldom; what is available is a moment old anyway. */
const CACHE_CONTROL = 'private, max-age=5';

@Controller()
export class ProductsController {
  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    private readonly cache: ProductCache,
  ) {}

  @Serves(listProducts)
  async list(
    @Input() { query }: InputOf<typeof listProducts>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const request = { cursor: query.cursor ?? '', limit: query.limit };
    const { value, stale } = await this.cache.get<ListProductsResponse>(
      `page ${request.limit} ${request.cursor}`,
      ({ items }) => items.map(({ sku }) => sku),
      () => this.catalog.listProducts(request, forward),
    );
    const page: ProductPage = {
      items: value.items.map(presentProduct),
      nextCursor: value.nextCursor || null,
      ...(stale && { stale }),
    };
    await reply.code(200).header('cache-control', CACHE_CONTROL).send(page);
  }

  @Serves(getProduct)
  async get(
    @Input() { params }: InputOf<typeof getProduct>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { value, stale } = await this.cache.get<GrpcProduct>(
      `product ${params.sku}`,
      ({ sku }) => [sku],
      () => this.catalog.getProduct({ sku: params.sku }, forward),
    );
    const product: Product = { ...presentProduct(value), ...(stale && { stale }) };
    await reply.code(200).header('cache-control', CACHE_CONTROL).send(product);
  }

  @Serves(changeProduct)
  async change(
    @Input() { params: { sku }, body: { price, name } }: InputOf<typeof changeProduct>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const changed = await this.catalog.changeProduct({ sku, price, name }, forward);
    this.cache.drop(sku); // the others hear of it
    await reply.code(200).header('cache-control', 'no-store').send(presentProduct(changed));
  }
}
