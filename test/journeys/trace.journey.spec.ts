import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { readSpans, type Span } from '../../apps/cli/show-traces/read-spans.js';
import { customer, orderOf, untilStatus } from './running-system.js';

/** A span and what it must hang below: `service name`. */
type Hop = readonly [child: string, parent: string];

const CREATE = 'waybill.orders.v1.OrderService/CreateOrder';
const RECORD = 'waybill.orders.v1.OrderProgressService';
const WORKFLOW = 'fulfilment RunWorkflow:fulfilOrder';
const CHARGE = 'waybill.payments.v1.PaymentService/Charge';
const SCHEDULE = 'waybill.shipping.v1.ShippingService/ScheduleShipment';
const CONTACT = 'waybill.customers.v1.CustomerService/GetContact';

/** From the edge to the workflow, by call, outbox, queue and Temporal. */
const PLACED: readonly Hop[] = [
  [`gateway ${CREATE}`, 'gateway POST /v1/orders'],
  [`orders ${CREATE}`, `gateway ${CREATE}`],
  ['orders waybill.catalog.v1.CatalogService/PriceLines', `orders ${CREATE}`],
  ['catalog waybill.catalog.v1.CatalogService/PriceLines', 'orders waybill.catalog.v1.CatalogService/PriceLines'],
  ['orders waybill.inventory.v1.InventoryService/Hold', `orders ${CREATE}`],
  ['inventory waybill.inventory.v1.InventoryService/Hold', 'orders waybill.inventory.v1.InventoryService/Hold'],
  ['orders send order-processing', `orders ${CREATE}`],
  ['orders send waybill.events:OrderPlaced', `orders ${CREATE}`],
  ['fulfilment process order-processing', 'orders send order-processing'],
  ['fulfilment StartWorkflow:fulfilOrder', 'fulfilment process order-processing'],
];

/** The steps, each by activity, participant and the participant's own side of the world. */
const STEPS: readonly Hop[] = [
  ['fulfilment RunActivity:reserveInventory', WORKFLOW],
  ['fulfilment waybill.inventory.v1.InventoryService/Reserve', 'fulfilment RunActivity:reserveInventory'],
  [
    'inventory waybill.inventory.v1.InventoryService/Reserve',
    'fulfilment waybill.inventory.v1.InventoryService/Reserve',
  ],
  ['inventory send waybill.events:StockReserved', 'inventory waybill.inventory.v1.InventoryService/Reserve'],
  ['fulfilment RunActivity:processPayment', WORKFLOW],
  [`fulfilment ${CHARGE}`, 'fulfilment RunActivity:processPayment'],
  [`payments ${CHARGE}`, `fulfilment ${CHARGE}`],
  ['payments payment-provider create-intent', `payments ${CHARGE}`],
  ['payments payment-provider confirm-intent', `payments ${CHARGE}`],
  ['fulfilment RunActivity:scheduleShipping', WORKFLOW],
  [`fulfilment ${SCHEDULE}`, 'fulfilment RunActivity:scheduleShipping'],
  [`shipping ${SCHEDULE}`, `fulfilment ${SCHEDULE}`],
  ['shipping carrier quote', `shipping ${SCHEDULE}`],
  [`fulfilment ${RECORD}/RecordStep`, 'fulfilment RunActivity:processPayment'],
  [`orders ${RECORD}/RecordStep`, `fulfilment ${RECORD}/RecordStep`],
];

/** What is told of a confirmed order reaches those that react to it. */
const TOLD: readonly Hop[] = [
  ['shipping carrier buy', `shipping ${SCHEDULE}`],
  ['orders send waybill.events:OrderConfirmed', `orders ${RECORD}/RecordStep`],
  ['notifications process notifications-events', 'orders send waybill.events:OrderConfirmed'],
  ['notifications send email-notifications', 'notifications process notifications-events'],
  ['notifications process email-notifications', 'notifications send email-notifications'],
  [`notifications ${CONTACT}`, 'notifications process email-notifications'],
  [`customers ${CONTACT}`, `notifications ${CONTACT}`],
];

/** A report of the carrier has a trace of its own. */
const REPORTED: readonly Hop[] = [
  ['shipping send order-facts', 'shipping waybill.shipping.v1.ShippingService/ReceiveCarrierWebhook'],
  ['fulfilment process order-facts', 'shipping send order-facts'],
  ['fulfilment SignalWorkflow:fact', 'fulfilment process order-facts'],
  ['fulfilment HandleSignal:fact', 'fulfilment SignalWorkflow:fact'],
];

const UNDONE: readonly Hop[] = [
  [WORKFLOW, 'fulfilment StartWorkflow:fulfilOrder'],
  ['fulfilment RunActivity:beginUndo', WORKFLOW],
  [`orders ${RECORD}/BeginUndo`, `fulfilment ${RECORD}/BeginUndo`],
  ['fulfilment RunActivity:settlePayment', WORKFLOW],
  ['payments payment-provider refund', 'payments waybill.payments.v1.PaymentService/Settle'],
  ['fulfilment RunActivity:releaseInventory', WORKFLOW],
  [
    'inventory waybill.inventory.v1.InventoryService/Release',
    'fulfilment waybill.inventory.v1.InventoryService/Release',
  ],
  ['fulfilment RunActivity:recordEnding', WORKFLOW],
  ['orders send waybill.events:OrderRejected', `orders ${RECORD}/RecordEnding`],
  ['notifications process notifications-events', 'orders send waybill.events:OrderRejected'],
];

/** Every span of every trace that has to do with an order, whichever hop lost it. */
class Spans {
  private constructor(private readonly all: readonly Span[]) {}

  static of(orderId: string): Spans {
    const spans = readSpans();
    const about = new Set(
      spans.filter((span) => span.attributes['waybill.order.id'] === orderId).map((span) => span.traceId),
    );
    return new Spans(spans.filter(({ traceId }) => about.has(traceId)));
  }

  named(name: string): Span[] {
    return this.all.filter((span) => nameOf(span) === name);
  }

  /** What each span of this name hangs below. */
  above(name: string): (string | undefined)[] {
    return this.named(name).map(({ traceId, parentSpanId }) => {
      const parent = this.all.find((span) => span.traceId === traceId && span.spanId === parentSpanId);
      return parent && nameOf(parent);
    });
  }
}

const nameOf = ({ service, name }: Span): string => `${service} ${name}`;

/** As far as they come: a hop that does not is named by its own test. */
async function spansOf(orderId: string, hops: readonly Hop[]): Promise<Spans> {
  const complete = (): boolean => hops.every(([child]) => Spans.of(orderId).named(child).length > 0);
  await eventually(complete, { withinMs: 20_000, everyMs: 250 }).catch(() => undefined);
  return Spans.of(orderId);
}

interface LogLine {
  readonly service: string;
  readonly traceId?: string;
}

/** Lines of the services' own logs; the engines' are no JSON. */
function linesAbout(orderId: string): LogLine[] {
  const folder = join(dirname(process.env['WAYBILL_RUN_FILE'] ?? ''), 'logs');
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return lines
    .filter((line) => line.startsWith('{') && line.includes(orderId))
    .map((line) => JSON.parse(line) as LogLine);
}

describe('the trace of an order', () => {
  let happy: Spans;
  let undone: Spans;
  let orderId: string;

  beforeAll(async () => {
    const [first, second] = await Promise.all([
      customer.placeOrder(orderOf()),
      customer.placeOrder(orderOf({ country: 'ZZ' })),
    ]);
    orderId = first.id;
    await Promise.all([untilStatus(first.id, ['SHIPPED', 'DELIVERED']), untilStatus(second.id, ['REJECTED'])]);
    happy = await spansOf(first.id, [...PLACED, ...STEPS, ...TOLD, ...REPORTED]);
    undone = await spansOf(second.id, [...PLACED, ...STEPS, ...UNDONE]);
  }, 90_000);

  it('begins at the edge', () => {
    expect(happy.above('gateway POST /v1/orders')).toEqual([undefined]);
  });

  it.each([...PLACED, ...STEPS.filter(([, parent]) => parent !== WORKFLOW), ...TOLD])(
    'has %s below %s',
    (child, parent) => {
      expect(happy.above(child)).toContain(parent);
    },
  );

  it.each([...PLACED, ...STEPS, ...UNDONE])('that is undone has %s below %s', (child, parent) => {
    expect(undone.above(child)).toContain(parent);
  });

  it.each(REPORTED)('has, apart from it, %s below %s', (child, parent) => {
    expect(happy.above(child)).toContain(parent);
  });

  it('is linked to by what came later, and by what concerns other orders too', () => {
    const [{ traceId = '' } = {}] = happy.named('gateway POST /v1/orders');
    const linked = readSpans().filter(({ links }) => links.some((link) => link.traceId === traceId));
    const names = new Set(linked.map(nameOf));
    expect(names).toEqual(new Set(['fulfilment HandleSignal:fact', 'order-view process waybill.stream']));
    expect(happy.named('fulfilment HandleSignal:fact').every((span) => span.traceId !== traceId)).toBe(true);
  });

  it('is named by every line that a service logs about the order', () => {
    const lines = linesAbout(orderId);
    expect(lines.map(({ service }) => service)).toEqual(expect.arrayContaining(['gateway', 'notifications']));
    expect(lines.filter(({ traceId }) => traceId === undefined)).toEqual([]);
  });

  it('tells the order wherever it is known, and nothing of the person', () => {
    const told = JSON.stringify(readSpans().filter(({ attributes }) => attributes['waybill.order.id'] === orderId));
    expect(told).not.toMatch(/Ada|Lovelace|Marktplatz|pm_ok|Bearer|cus-ada/);
    for (const name of [`orders ${CREATE}`, 'fulfilment process order-processing', 'gateway POST /v1/orders'])
      expect(happy.named(name).map(({ attributes }) => attributes['waybill.order.id'])).toEqual([orderId]);
  });
});
