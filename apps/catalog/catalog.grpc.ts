import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import {
  ChangeProductRequest,
  Product,
  type GetProductRequest,
  type ListPopularRequest,
  type ListPopularResponse,
  type ListProductsRequest,
  type ListProductsResponse,
  type PriceLinesRequest,
  type PriceLinesResponse,
  type RecommendRequest,
  type RecommendResponse,
} from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { pageRequest } from '#libs/grpc/request-fields.js';
import { AnswerOnce } from '#libs/idempotency/answer-once.js';
import { parse } from '#libs/kernel/parse.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { ChangeProduct } from './change-product/change-product.js';
import { FindProduct } from './find-product/find-product.js';
import { ListProducts } from './list-products/list-products.js';
import { PriceLines } from './price-lines/price-lines.js';
import { RecommendProducts } from './recommend-products/recommend-products.js';

const PAGE = 20;
const MAX_PAGE = 100;

/** Text that Postgres can store. Whether a product is called so is for the catalogue to say. */
const sku = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'must be 1 to 64 characters, none of them a control character');
const listRequest = pageRequest(PAGE, MAX_PAGE);
const productRequest = z.object({ sku });
const changeRequest = z
  .object({
    sku,
    price: z.object({ amount: z.int().min(1).max(1_000_000_000), currency: z.string().regex(/^[A-Z]{3}$/) }).optional(),
    name: z
      .string()
      .regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u, 'must be 1 to 200 characters, none of them a control character')
      .optional(),
  })
  .refine(({ price, name }) => price !== undefined || name !== undefined, 'must change the price or the name');
const recommendRequest = pageRequest(5, 20).pick({ limit: true });
const linesRequest = z.object({ skus: z.array(sku).min(1).max(100) });

/** `waybill.catalog.v1.CatalogService`: validates and delegates. */
@Controller()
export class CatalogGrpc {
  constructor(
    private readonly listing: ListProducts,
    private readonly finding: FindProduct,
    private readonly pricing: PriceLines,
    private readonly changing: ChangeProduct,
    private readonly recommending: RecommendProducts,
    private readonly callers: IdentifyCaller,
    private readonly once: AnswerOnce,
  ) {}

  @GrpcMethod('CatalogService', 'listProducts')
  listProducts(request: ListProductsRequest): Promise<ListProductsResponse> {
    return this.listing.execute(parse(listRequest, request));
  }

  @GrpcMethod('CatalogService', 'getProduct')
  getProduct(request: GetProductRequest): Promise<Product> {
    return this.finding.execute(parse(productRequest, request).sku);
  }

  @GrpcMethod('CatalogService', 'priceLines')
  priceLines(request: PriceLinesRequest): Promise<PriceLinesResponse> {
    return this.pricing.execute(parse(linesRequest, request).skus);
  }

  @GrpcMethod('CatalogService', 'listPopular')
  async listPopular(request: ListPopularRequest): Promise<ListPopularResponse> {
    return { items: await this.recommending.popular(parse(recommendRequest, request).limit) };
  }

  /** For whoever calls: what somebody has bought is nobody else's business. */
  @GrpcMethod('CatalogService', 'recommend')
  async recommend(request: RecommendRequest): Promise<RecommendResponse> {
    const { subject } = await this.callers.withScope('orders:read', 'ops');
    return { items: await this.recommending.for(subject, parse(recommendRequest, request).limit) };
  }

  @GrpcMethod('CatalogService', 'changeProduct')
  async changeProduct(request: ChangeProductRequest): Promise<Product> {
    const { subject: caller } = await this.callers.withScope('ops');
    const change = parse(changeRequest, request);
    const codecs = { request: ChangeProductRequest, answer: Product };
    return this.once.execute({ caller, method: 'change-product', request, codecs }, (settle) =>
      this.changing.execute(caller, change, settle),
    );
  }
}
