import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Product as GrpcProduct } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { getProduct, listProducts } from '#libs/contracts/http/operations.js';
import type { Product, ProductPage } from '#libs/contracts/http/products.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { CATALOG, type Catalog } from '../peers.module.js';
import { presentMoney } from '../read-orders/present-order.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';

/** Prices change seldom; what is available is a moment old anyway. */
const CACHE_CONTROL = 'private, max-age=5';

@Controller()
export class ProductsController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog) {}

  @Serves(listProducts)
  async list(
    @Input() { query }: InputOf<typeof listProducts>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.catalog.listProducts({ cursor: query.cursor ?? '', limit: query.limit }, forward);
    const page: ProductPage = { items: answer.items.map(presentProduct), nextCursor: answer.nextCursor || null };
    await reply.code(200).header('cache-control', CACHE_CONTROL).send(page);
  }

  @Serves(getProduct)
  async get(
    @Input() { params }: InputOf<typeof getProduct>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const product = await this.catalog.getProduct({ sku: params.sku }, forward);
    await reply.code(200).header('cache-control', CACHE_CONTROL).send(presentProduct(product));
  }
}

function presentProduct({ sku, name, price, available }: GrpcProduct): Product {
  return { sku, name, price: presentMoney(price), available };
}
