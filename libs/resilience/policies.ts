import type { BillingServiceService } from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import type { CatalogServiceService } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import type { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import type { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import type { OrderLogServiceService } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import type {
  OrderProgressServiceService,
  OrderServiceService,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { OrderViewServiceService } from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import type { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import type { ShippingServiceService } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import { BREAKER, type BreakerPolicy, type BulkheadPolicy, type MethodPolicy } from './policy.js';

/** What can be called, by the name of the dependency. The last two are not ours, and speak HTTP. */
interface Contracts {
  billing: typeof BillingServiceService;
  catalog: typeof CatalogServiceService;
  customers: typeof CustomerServiceService;
  inventory: typeof InventoryServiceService;
  operations: typeof OperationsServiceService;
  orders: typeof OrderServiceService & typeof OrderProgressServiceService & typeof OrderLogServiceService;
  'order-view': typeof OrderViewServiceService;
  payments: typeof PaymentServiceService;
  shipping: typeof ShippingServiceService;
  'payment-provider': Record<'createIntent' | 'findIntent' | 'confirmIntent' | 'cancelIntent' | 'refund', unknown>;
  carrier: Record<'quote' | 'buy' | 'void', unknown>;
}

type Table = Readonly<
  Record<string, { readonly [D in keyof Contracts]?: { readonly [M in keyof Contracts[D]]?: MethodPolicy } }>
>;

/**
 * Orders runs as several replicas, and calls go round them: while one of two is frozen, half of the calls fail, and the other
 * half must go on. It is asked again soon: what is refused here is what customers came for.
 */
const IMPORTANT: BreakerPolicy = { ...BREAKER, failureShare: 0.8, openMs: 2_000 };
/**
 * A step of an order has three attempts within fourteen seconds. Open for three, a breaker never refuses all of those whose
 * provider was away for ten.
 */
const INSIDE_A_STEP: BreakerPolicy = { ...BREAKER, failureShare: 0.8, minCalls: 20, openMs: 3_000 };

const room = (concurrent: number, queued = 0): BulkheadPolicy => ({ concurrent, queued });
const PLAIN: MethodPolicy = { timeoutMs: 2_000, retried: false, breaker: null, bulkhead: null, fallback: null };
/** For who waits two seconds for a read, five for a write: half a second is left for the answer. */
const READ: MethodPolicy = { ...PLAIN, timeoutMs: 1_500, retried: true, breaker: BREAKER, bulkhead: room(64, 64) };
/** Less than a dashboard waits for its parts (WAYBILL_DASHBOARD_MS): what it cancels itself would count as nothing, and no breaker would open. */
const PART: MethodPolicy = { ...READ, timeoutMs: 1_300 };
const WRITE: MethodPolicy = { ...READ, timeoutMs: 4_500 };
/** For operators: few ask, and they must not be refused because others ask much. */
const DESK: MethodPolicy = { ...READ, bulkhead: room(8, 16) };
const DESK_WRITE: MethodPolicy = { ...DESK, timeoutMs: WRITE.timeoutMs };
const REPORT: MethodPolicy = { ...PLAIN, timeoutMs: 1_000, fallback: 'the service is named as missing' };
/** The workflow repeats the step; how long an attempt may take is the step's own matter, this only its ceiling. */
const STEP: MethodPolicy = { ...PLAIN, timeoutMs: 30_000 };
const PROVIDER: MethodPolicy = { ...PLAIN, timeoutMs: 4_000, breaker: INSIDE_A_STEP, bulkhead: room(64, 64) };
const CARRIER: MethodPolicy = { ...PROVIDER, timeoutMs: 2_000 };
/**
 * What undoes has no breaker: the workflow repeats it, with longer and longer pauses, until it is done. So one that is stuck comes back for
 * ever, and hundreds of them would close the way for those that are not. A payment is looked at first: that has a breaker, and tells
 * when the provider is away.
 */
const undo = (policy: MethodPolicy): MethodPolicy => ({ ...policy, breaker: null });

const STALE = 'what the catalogue said last, at most 30 s old, marked stale';
const FROM_ORDERS = 'the write model of orders';

/**
 * Every call between processes, by caller, dependency and method: how long it may take, whether it is repeated, when it is given
 * up, how much of the caller it can hold, and what is served in its place. A method that is not here cannot be called.
 */
export const POLICIES = {
  gateway: {
    orders: {
      createOrder: { ...WRITE, breaker: IMPORTANT, bulkhead: room(1_000) },
      getOrder: { ...READ, breaker: IMPORTANT, bulkhead: room(256) },
      // What order-view does not answer in its own time has this.
      listOrders: { ...READ, timeoutMs: 900 },
      getTimeline: { ...READ, timeoutMs: 900 },
      cancelOrder: { ...WRITE, breaker: IMPORTANT, bulkhead: room(512) },
      amendOrder: { ...WRITE, breaker: IMPORTANT, bulkhead: room(512) },
      bulkUpdateOrders: { ...PLAIN, timeoutMs: WRITE.timeoutMs, bulkhead: room(32, 64) },
      // Until it begins; then it lasts as long as its reader stays.
      streamOrderUpdates: { ...PLAIN, timeoutMs: READ.timeoutMs },
      listBreakers: REPORT,
    },
    catalog: {
      listProducts: { ...READ, fallback: STALE },
      getProduct: { ...READ, fallback: STALE },
      changeProduct: DESK_WRITE,
      recommend: {
        ...PART,
        bulkhead: room(32, 32),
        fallback: 'popular products, as they were last seen',
      },
      // Asked for ahead, for when there is nothing better.
      listPopular: { ...READ, retried: false, bulkhead: room(4) },
    },
    payments: { receivePaymentWebhook: WRITE, listBreakers: REPORT },
    shipping: { receiveCarrierWebhook: WRITE, listBreakers: REPORT },
    customers: { getProfile: { ...PART, fallback: 'the dashboard without a profile' } },
    billing: { listDocuments: READ, getDocument: { ...READ, bulkhead: room(16, 32) } },
    operations: {
      listDeadLetters: DESK,
      getDeadLetter: DESK,
      replayDeadLetter: DESK_WRITE,
      discardDeadLetter: DESK_WRITE,
      checkInvariants: DESK,
      listQueues: DESK,
      // Before and after every write of an operator, refused ones too.
      recordAction: { ...DESK_WRITE, bulkhead: room(64, 256) },
      recordOutcome: { ...DESK_WRITE, bulkhead: room(64, 256) },
      listActions: DESK,
    },
    'order-view': {
      listOrders: { ...READ, timeoutMs: 600, retried: false, fallback: FROM_ORDERS },
      getTimeline: { ...READ, timeoutMs: 600, retried: false, fallback: FROM_ORDERS },
      listProjections: { ...DESK, retried: false },
      rebuildProjection: { ...DESK_WRITE, retried: false },
      getSales: { ...DESK, retried: false },
    },
  },
  orders: {
    catalog: {
      priceLines: {
        ...READ,
        timeoutMs: 1_000,
        bulkhead: room(256),
        fallback: 'prices that the catalogue gave, at most 30 s ago',
      },
    },
    // A hold is repeated under the order's own id: it is the same hold.
    inventory: { hold: { ...READ, timeoutMs: 3_000, breaker: IMPORTANT, bulkhead: room(256) } },
  },
  'order-view': {
    orders: {
      getEvents: { ...PLAIN, timeoutMs: 3_000, retried: true },
      // Lasts as long as it is read.
      readLog: PLAIN,
      listHeads: PLAIN,
    },
  },
  // Their queues wait while customers is away: a breaker would only make them wait longer.
  notifications: { customers: { getContact: PLAIN } },
  billing: { customers: { getContact: PLAIN } },
  // No breaker between the workflow's steps and who takes part in them: the workflow has patience, and alone decides when it ends.
  fulfilment: {
    inventory: { reserve: STEP, release: STEP, ship: STEP, amendReservation: STEP },
    payments: { charge: STEP, settle: STEP },
    shipping: { scheduleShipment: STEP, cancelShipment: STEP },
    orders: {
      recordStep: STEP,
      beginUndo: STEP,
      recordEnding: STEP,
      recordFact: STEP,
      recordDecision: STEP,
      recordAmendment: STEP,
      recordAttention: STEP,
    },
  },
  payments: {
    'payment-provider': {
      createIntent: PROVIDER,
      findIntent: PROVIDER,
      confirmIntent: PROVIDER,
      cancelIntent: undo(PROVIDER),
      refund: undo(PROVIDER),
    },
  },
  shipping: { carrier: { quote: CARRIER, buy: CARRIER, void: undo(CARRIER) } },
} as const satisfies Table;

export type Caller = keyof typeof POLICIES;
export type DependencyOf<Who extends Caller> = keyof (typeof POLICIES)[Who] & string;
export type MethodOf<Who extends Caller, Whom extends DependencyOf<Who>> = keyof (typeof POLICIES)[Who][Whom] & string;
