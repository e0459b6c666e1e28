import { randomUUID } from 'node:crypto';
import type {
  AmendOrderBody,
  CancelOrderBody,
  Command,
  Order,
  OrderPage,
  OrderStatus,
  PlaceOrderBody,
  Timeline,
} from '#libs/contracts/http/orders.js';
import { ANSWERED_WITHIN_MS } from '#libs/contracts/http/answered-within.js';
import type { AuditPage } from '#libs/contracts/http/audit.js';
import type { InvoiceList } from '#libs/contracts/http/invoices.js';
import type {
  DeadLetter,
  DeadLetterDetails,
  DeadLetterPage,
  DeadLetterState,
  Invariants,
  Queues,
} from '#libs/contracts/http/ops.js';
import type { ProjectionList, RebuildAccepted } from '#libs/contracts/http/projections.js';
import type { BreakerList, PolicyList } from '#libs/contracts/http/resilience.js';
import type { Product, ProductPage } from '#libs/contracts/http/products.js';
import { AnswerCache } from './answer-cache.js';
import { followOrder, type FollowOptions } from './follow-order.js';
import { sendRequest, transportOf, type Answer, type Transport } from './send-request.js';

export interface ClientOptions {
  /** Where the gateway is: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The caller's access token. */
  readonly token: string;
  /** For tests: what sends, waits and draws lots. */
  readonly transport?: Partial<Transport>;
}

export interface Page {
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
  /** 1 to 100. */
  readonly limit?: number;
}

export interface DeadLetterFilter extends Page {
  readonly queue?: string;
  readonly reason?: string;
  readonly state?: DeadLetterState;
  readonly orderId?: string;
}

export interface CommandOptions {
  /** One for all repetitions of the same request; made here unless given. */
  readonly idempotencyKey?: string;
  /** How many seconds to wait for the decision. */
  readonly waitS?: number;
}

/** The public API. Every failure is a WaybillError; one that the API answered with is a ProblemError. */
export interface WaybillClient {
  /** Repeats itself safely: one idempotency key for all its attempts, made here unless given. */
  placeOrder(body: PlaceOrderBody, options?: { readonly idempotencyKey?: string }): Promise<Order>;
  /** Waits for the decision, if told to, 30 s at most. A refusal is a ProblemError: TOO_LATE or ALREADY_FINAL. */
  cancelOrder(id: string, options?: CancelOrderBody & CommandOptions): Promise<Command>;
  /**
   * As `cancelOrder`. Refused with VERSION_MISMATCH if items or address have changed since `ifVersion`; `*`: they may have.
   * A refusal is a ProblemError: TOO_LATE, ALREADY_FINAL or OUT_OF_STOCK.
   */
  amendOrder(
    id: string,
    changes: AmendOrderBody,
    options: { readonly ifVersion: number | '*' } & CommandOptions,
  ): Promise<Command>;
  /** `at`: as it was then, an ISO 8601 time with its zone. */
  getOrder(id: string, options?: { readonly minVersion?: number; readonly at?: string }): Promise<Order>;
  /** An order as it is, then after each change, until it has ended. Comes again by itself where a connection breaks. */
  orderEvents(id: string, options?: FollowOptions): AsyncGenerator<Order>;
  listOrders(filter?: Page & { readonly status?: OrderStatus }): Promise<OrderPage>;
  getTimeline(id: string): Promise<Timeline>;
  listInvoices(id: string): Promise<InvoiceList>;
  /** An invoice or a credit note as a PDF. */
  getInvoice(id: string, number: string): Promise<Uint8Array>;
  /** Operators only. */
  listProjections(): Promise<ProjectionList>;
  /** Operators only. */
  rebuildProjection(name: string, options?: { readonly idempotencyKey?: string }): Promise<RebuildAccepted>;
  listProducts(page?: Page): Promise<ProductPage>;
  getProduct(sku: string): Promise<Product>;
  listDeadLetters(filter?: DeadLetterFilter): Promise<DeadLetterPage>;
  getDeadLetter(id: string): Promise<DeadLetterDetails>;
  replayDeadLetter(id: string, options?: { readonly idempotencyKey?: string }): Promise<DeadLetter>;
  discardDeadLetter(id: string, reason: string, options?: { readonly idempotencyKey?: string }): Promise<DeadLetter>;
  checkInvariants(): Promise<Invariants>;
  listQueues(): Promise<Queues>;
  listPolicies(): Promise<PolicyList>;
  listBreakers(): Promise<BreakerList>;
  /** What operators did, newest first. */
  listActions(filter?: Page & { readonly operator?: string; readonly action?: string }): Promise<AuditPage>;
}

/**
 * A client of the public API for one caller. Three attempts on 429, 503, 504 and connection errors, with jitter, heeding Retry-After.
 * Reads that may be kept are kept for as long as the API says, 30 s at most; a write drops them all.
 */
export function createClient({ url: baseUrl, token, transport = {} }: ClientOptions): WaybillClient {
  const cache = new AnswerCache();
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json, application/problem+json, application/pdf',
  };

  const read = async <Body>(
    path: string,
    query: Readonly<Record<string, string | number | undefined>> = {},
  ): Promise<Body> => {
    const url = withQuery(new URL(path, baseUrl), query);
    const kept = cache.find(url.href);
    if (kept !== undefined) return kept as Body;
    const answer = await sendRequest({ method: 'GET', url, headers, timeoutMs: ANSWERED_WITHIN_MS.get }, transport);
    cache.keep(url.href, answer);
    return answer.body as Body;
  };

  const write = async (
    path: string,
    body: unknown,
    idempotencyKey: string,
    { waitS = 0, ifMatch }: { readonly waitS?: number | undefined; readonly ifMatch?: string } = {},
  ): Promise<Answer> => {
    const request = {
      method: ifMatch === undefined ? 'POST' : 'PATCH',
      url: new URL(path, baseUrl),
      headers: {
        ...headers,
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(waitS > 0 && { prefer: `wait=${waitS}` }),
      },
      body: JSON.stringify(body),
      timeoutMs: ANSWERED_WITHIN_MS.post + waitS * 1_000,
    } as const;
    try {
      return await sendRequest(request, transport);
    } finally {
      cache.clear();
    }
  };

  return {
    placeOrder: async (body, { idempotencyKey = randomUUID() } = {}) =>
      (await write('/v1/orders', body, idempotencyKey)).body as Order,
    cancelOrder: async (id, { idempotencyKey = randomUUID(), waitS, ...body } = {}) =>
      (await write(`/v1/orders/${encodeURIComponent(id)}/cancel`, body, idempotencyKey, { waitS })).body as Command,
    amendOrder: async (id, changes, { ifVersion, idempotencyKey = randomUUID(), waitS }) => {
      const ifMatch = ifVersion === '*' ? '*' : `"${ifVersion}"`;
      const path = `/v1/orders/${encodeURIComponent(id)}`;
      return (await write(path, changes, idempotencyKey, { waitS, ifMatch })).body as Command;
    },
    getOrder: (id, options = {}) => read(`/v1/orders/${encodeURIComponent(id)}`, { ...options }),
    orderEvents: (id, options = {}) => {
      const url = new URL(`/v1/orders/${encodeURIComponent(id)}/events`, baseUrl);
      return followOrder({ ...options, url, headers }, transportOf(transport));
    },
    listOrders: (filter = {}) => read('/v1/orders', { ...filter }),
    getTimeline: (id) => read(`/v1/orders/${encodeURIComponent(id)}/timeline`),
    listInvoices: (id) => read(`/v1/orders/${encodeURIComponent(id)}/invoices`),
    getInvoice: (id, number) => read(`/v1/orders/${encodeURIComponent(id)}/invoices/${encodeURIComponent(number)}`),
    listProjections: () => read('/v1/ops/projections'),
    rebuildProjection: async (name, { idempotencyKey = randomUUID() } = {}) =>
      (await write(`/v1/ops/projections/${encodeURIComponent(name)}/rebuild`, {}, idempotencyKey))
        .body as RebuildAccepted,
    listProducts: (page = {}) => read('/v1/products', { ...page }),
    getProduct: (sku) => read(`/v1/products/${encodeURIComponent(sku)}`),
    listDeadLetters: (filter = {}) => read('/v1/ops/dead-letters', { ...filter }),
    getDeadLetter: (id) => read(`/v1/ops/dead-letters/${encodeURIComponent(id)}`),
    replayDeadLetter: async (id, { idempotencyKey = randomUUID() } = {}) =>
      (await write(`/v1/ops/dead-letters/${encodeURIComponent(id)}/replay`, {}, idempotencyKey)).body as DeadLetter,
    discardDeadLetter: async (id, reason, { idempotencyKey = randomUUID() } = {}) =>
      (await write(`/v1/ops/dead-letters/${encodeURIComponent(id)}/discard`, { reason }, idempotencyKey))
        .body as DeadLetter,
    checkInvariants: () => read('/v1/ops/invariants'),
    listQueues: () => read('/v1/ops/queues'),
    listPolicies: () => read('/v1/ops/policies'),
    listBreakers: () => read('/v1/ops/breakers'),
    listActions: (filter = {}) => read('/v1/ops/audit', { ...filter }),
  };
}

function withQuery(url: URL, query: Readonly<Record<string, string | number | undefined>>): URL {
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}
