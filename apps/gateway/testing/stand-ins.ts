import {
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import {
  BillingServiceService,
  type GetDocumentResponse,
  type ListDocumentsResponse,
} from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import {
  CatalogServiceService,
  type ListPopularResponse,
  type ListProductsResponse,
  type Product,
  type RecommendResponse,
} from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { CustomerServiceService, type Profile } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import {
  OrderServiceService,
  Outcome,
  TimelineKind,
  type AmendOrderResponse,
  type BulkUpdateOrdersResponse,
  type CancelOrderResponse,
  type CreateOrderResponse,
  type GetOrderResponse,
  type GetTimelineResponse,
  type ListOrdersResponse,
  type Order,
  type StreamOrderUpdatesRequest,
  type StreamOrderUpdatesResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { OrderViewServiceService } from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import {
  PaymentServiceService,
  type ReceivePaymentWebhookResponse,
} from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import {
  ShippingServiceService,
  type ReceiveCarrierWebhookResponse,
} from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import type { ListBreakersResponse } from '#libs/contracts/generated/waybill/values/v1/values.js';
import { toStatus } from '#libs/grpc/errors.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { OPERATIONS_ANSWERS, type OperationsAnswers } from './operations-answers.js';
import {
  AT,
  COMMANDED,
  CREDIT_NOTE,
  DELIVERED_ORDER,
  FULL_ORDER,
  INVOICE,
  ORDER,
  PDF,
  PRODUCT,
} from './sample-messages.js';
import { VIEW_ANSWERS, type ViewAnswers } from './view-answers.js';
import { BulkStandIn, type BulkCall } from './bulk-stand-in.js';

export interface Answers extends ViewAnswers, OperationsAnswers {
  createOrder: CreateOrderResponse;
  getOrder: GetOrderResponse;
  listOrders: ListOrdersResponse;
  getTimeline: GetTimelineResponse;
  cancelOrder: CancelOrderResponse;
  listDocuments: ListDocumentsResponse;
  getDocument: GetDocumentResponse;
  streamOrderUpdates: Updates;
  amendOrder: AmendOrderResponse;
  bulkUpdateOrders: BulkUpdateOrdersResponse;
  listProducts: ListProductsResponse;
  getProduct: Product;
  changeProduct: Product;
  recommend: RecommendResponse;
  listPopular: ListPopularResponse;
  getProfile: Profile;
  listBreakers: ListBreakersResponse;
  receiveCarrierWebhook: ReceiveCarrierWebhookResponse;
  receivePaymentWebhook: ReceivePaymentWebhookResponse;
}

/** What a stream sends, and whether it then goes on. */
export interface Updates {
  readonly orders: readonly Order[];
  readonly open: boolean;
}

type UpdatesCall = ServerWritableStream<StreamOrderUpdatesRequest, StreamOrderUpdatesResponse>;

export interface SeenCall {
  readonly method: keyof Answers;
  readonly request: unknown;
  readonly metadata: Metadata;
  /** Milliseconds that were left when it came. */
  readonly deadlineMs: number;
  cancelled: boolean;
}

/** What the next call of a method gets: another answer, an error, or never anything. */
export type Behaviour<Method extends keyof Answers> = Partial<Answers[Method]> | WaybillError | 'silence';

/** Orders, catalog, payments, shipping and billing as the gateway sees them: real gRPC, scripted answers. */
export class StandIns {
  readonly calls: SeenCall[] = [];
  /** Those to order-view that orders answers in its place. */
  readonly viewCalls: SeenCall[] = [];
  /** What operations was told for the audit. */
  readonly recorded: SeenCall[] = [];
  readonly bulks = new BulkStandIn();
  /** The streams that are open. */
  readonly streams = new Set<UpdatesCall>();
  readonly health = new HealthImplementation({ '': 'SERVING', liveness: 'SERVING' });
  private readonly scripted = new Map<keyof Answers, Behaviour<keyof Answers>>();
  private readonly server = new Server();

  async start(): Promise<string> {
    this.server.addService(OrderServiceService, {
      ...this.handlers(
        'createOrder',
        'getOrder',
        'listOrders',
        'getTimeline',
        'cancelOrder',
        'amendOrder',
        'listBreakers',
      ),
      streamOrderUpdates: (call: UpdatesCall) => this.stream(call),
      bulkUpdateOrders: (call: BulkCall, done: sendUnaryData<BulkUpdateOrdersResponse>) => {
        this.see('bulkUpdateOrders', Object.assign(call, { request: undefined }));
        void this.bulks.serve(call, done);
      },
    });
    this.server.addService(CatalogServiceService, {
      ...this.handlers('listProducts', 'getProduct', 'changeProduct', 'recommend', 'listPopular'),
      priceLines: unused,
    });
    this.server.addService(CustomerServiceService, { ...this.handlers('getProfile'), getContact: unused });
    this.server.addService(PaymentServiceService, {
      ...this.handlers('receivePaymentWebhook', 'listBreakers'),
      charge: unused,
      settle: unused,
      getCharge: unused,
    });
    this.server.addService(ShippingServiceService, {
      ...this.handlers('receiveCarrierWebhook', 'listBreakers'),
      scheduleShipment: unused,
      cancelShipment: unused,
      getShipment: unused,
    });
    this.server.addService(BillingServiceService, this.handlers('listDocuments', 'getDocument'));
    this.server.addService(
      OperationsServiceService,
      this.handlers(
        'listDeadLetters',
        'getDeadLetter',
        'replayDeadLetter',
        'discardDeadLetter',
        'checkInvariants',
        'listQueues',
        'recordAction',
        'recordOutcome',
        'listActions',
      ),
    );
    this.server.addService(OrderViewServiceService, {
      ...this.handlers('listProjections', 'rebuildProjection', 'getSales'),
      listOrders: this.handlers('viewedOrders')['viewedOrders'] ?? unused,
      getTimeline: this.handlers('viewedTimeline')['viewedTimeline'] ?? unused,
    });
    this.health.addToServer(this.server);
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  /** From now on `method` does this. */
  script<Method extends keyof Answers>(method: Method, behaviour: Behaviour<Method>): void {
    this.scripted.set(method, behaviour);
  }

  /** Forgets what was seen and scripted. */
  reset(): void {
    this.calls.length = 0;
    this.viewCalls.length = 0;
    this.recorded.length = 0;
    this.scripted.clear();
  }

  private handlers(
    ...methods: readonly (keyof Answers)[]
  ): Record<string, (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => void> {
    return Object.fromEntries(
      methods.map((method) => [
        method,
        (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => this.serve(method, call, done),
      ]),
    );
  }

  /** To all who follow. */
  publish(order: Order): void {
    for (const call of this.streams) call.write({ order });
  }

  /** The order has ended. */
  finish(): void {
    for (const call of this.streams) call.end();
    this.streams.clear();
  }

  /** As when a replica stops, or does not want its reader any more. */
  breakStreams(error: WaybillError): void {
    for (const call of this.streams) call.emit('error', toStatus(error));
    this.streams.clear();
  }

  private stream(call: UpdatesCall): void {
    this.see('streamOrderUpdates', call);
    const behaviour = this.scripted.get('streamOrderUpdates') ?? {};
    if (behaviour === 'silence') return;
    if (isWaybillError(behaviour)) return void call.emit('error', toStatus(behaviour));
    const { orders, open } = { ...ANSWERS.streamOrderUpdates, ...behaviour };
    if (open) call.sendMetadata(new Metadata());
    for (const order of orders) call.write({ order });
    if (!open) return void call.end();
    this.streams.add(call);
    call.once('cancelled', () => this.streams.delete(call));
  }

  private see(
    method: keyof Answers,
    call: Pick<ServerUnaryCall<unknown, unknown>, 'request' | 'metadata' | 'getDeadline'> & NodeJS.EventEmitter,
  ): void {
    const seen: SeenCall = {
      method,
      request: call.request,
      metadata: call.metadata,
      deadlineMs: Number(call.getDeadline()) - Date.now(),
      cancelled: false,
    };
    call.on('cancelled', () => (seen.cancelled = true));
    this.listFor(method).push(seen);
  }

  private listFor(method: keyof Answers): SeenCall[] {
    if (method === 'recordAction' || method === 'recordOutcome') return this.recorded;
    return method === 'viewedOrders' || method === 'viewedTimeline' ? this.viewCalls : this.calls;
  }

  private serve(method: keyof Answers, call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void {
    this.see(method, call);
    const behaviour = this.scripted.get(method) ?? {};
    if (behaviour === 'silence') return;
    if (isWaybillError(behaviour)) done(toStatus(behaviour));
    else done(null, { ...ANSWERS[method], ...behaviour });
  }
}

const ANSWERS: Answers = {
  createOrder: { order: ORDER, replayed: false },
  getOrder: { order: ORDER },
  listOrders: { items: [ORDER, FULL_ORDER], nextCursor: 'next' },
  getTimeline: {
    items: [
      {
        at: AT,
        kind: TimelineKind.STEP,
        step: 'reserve-inventory',
        attempt: 1,
        outcome: Outcome.TIMED_OUT,
        durationMs: undefined,
        detail: '',
      },
      {
        at: AT,
        kind: TimelineKind.UNDO,
        step: 'process-payment',
        attempt: 2,
        outcome: Outcome.OK,
        durationMs: 12,
        detail: 'refunded',
      },
    ],
  },
  listDocuments: { documents: [INVOICE, CREDIT_NOTE] },
  getDocument: { document: INVOICE, pdf: PDF },
  streamOrderUpdates: { orders: [DELIVERED_ORDER], open: false },
  cancelOrder: COMMANDED,
  amendOrder: COMMANDED,
  bulkUpdateOrders: { results: [] },
  listProducts: { items: [PRODUCT], nextCursor: '' },
  getProduct: PRODUCT,
  changeProduct: PRODUCT,
  recommend: { items: [PRODUCT] },
  listPopular: { items: [PRODUCT] },
  getProfile: { id: 'customer-1', name: 'Ada Lovelace', email: 'ada@example.com', addresses: [] },
  listBreakers: {
    process: 'host/1',
    items: [{ dependency: 'carrier', method: 'buy', state: 'open', since: AT, opened: 1, calls: 20, failures: 20 }],
  },
  receiveCarrierWebhook: { duplicate: false },
  ...OPERATIONS_ANSWERS,
  receivePaymentWebhook: { duplicate: false },
  ...VIEW_ANSWERS,
};

function unused(_call: unknown, done: sendUnaryData<unknown>): void {
  done(toStatus(new WaybillError('INTERNAL', 'The gateway has no business here')));
}
