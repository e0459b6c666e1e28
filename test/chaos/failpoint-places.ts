import { FAILPOINTS, type Failpoint } from '#libs/kernel/failpoints.js';
import { HAPPY, MIXED, type OrderKind } from './order-kinds.js';
import type { ProcessName } from './processes.js';

/** A failpoint of one service, and the orders that come by there. */
export interface Place {
  readonly failpoint: Failpoint;
  readonly service: ProcessName;
  readonly orders: readonly OrderKind[];
}

const PRODUCERS = ['orders', 'inventory', 'payments', 'shipping', 'notifications', 'billing'] as const;
const CONSUMERS = ['fulfilment', 'catalog', 'notifications', 'billing'] as const;

const named = (...names: readonly string[]): OrderKind[] => MIXED.filter(({ name }) => names.includes(name));
const NOT_SERVED = named('not served');
const UNDONE = named('not served', 'declined');
const CANCELLED = named('cancelled when confirmed');
const CANCELLED_EARLY = named('cancelled while charged');

const WHERE: Readonly<Record<Failpoint, readonly [services: readonly ProcessName[], orders: readonly OrderKind[]]>> = {
  'place-order.after-claim': [['orders'], MIXED],
  'place-order.after-hold': [['orders'], MIXED],
  'place-order.before-reply': [['orders'], MIXED],
  'record-progress.before-reply': [['orders'], MIXED],
  'outbox.before-publish': [PRODUCERS, MIXED],
  'outbox.after-publish': [PRODUCERS, MIXED],
  'consumer.before-ack': [CONSUMERS, MIXED],
  'hold-stock.before-reply': [['inventory'], MIXED],
  'reserve-stock.before-reply': [['inventory'], MIXED],
  'release-stock.before-reply': [['inventory'], UNDONE],
  'ship-stock.before-reply': [['inventory'], HAPPY],
  'charge-order.after-intent': [['payments'], MIXED],
  'charge-order.before-confirm': [['payments'], MIXED],
  'charge-order.after-confirm': [['payments'], HAPPY],
  'charge-order.before-reply': [['payments'], HAPPY],
  'settle-charge.after-forbid': [['payments'], UNDONE],
  'settle-charge.after-cancel': [['payments'], CANCELLED_EARLY],
  'settle-charge.after-refund': [['payments'], NOT_SERVED],
  'settle-charge.before-reply': [['payments'], UNDONE],
  'create-intent.before-reply': [['payment-simulator'], MIXED],
  'confirm-intent.before-reply': [['payment-simulator'], HAPPY],
  'cancel-intent.before-reply': [['payment-simulator'], CANCELLED_EARLY],
  'create-refund.before-reply': [['payment-simulator'], NOT_SERVED],
  'send-payment-webhook.after-delivery': [['payment-simulator'], HAPPY],
  'receive-payment-webhook.after-store': [['payments'], HAPPY],
  'receive-payment-webhook.before-reply': [['payments'], HAPPY],
  'create-shipment.before-reply': [['carrier-simulator'], HAPPY],
  'buy-label.before-reply': [['carrier-simulator'], HAPPY],
  'refund-label.before-reply': [['carrier-simulator'], CANCELLED],
  'send-webhook.after-delivery': [['carrier-simulator'], HAPPY],
  'schedule-shipment.after-quote': [['shipping'], HAPPY],
  'schedule-shipment.before-buy': [['shipping'], HAPPY],
  'schedule-shipment.after-buy': [['shipping'], HAPPY],
  'schedule-shipment.before-reply': [['shipping'], HAPPY],
  'cancel-shipment.after-void': [['shipping'], CANCELLED],
  'cancel-shipment.before-reply': [['shipping'], CANCELLED],
  'receive-webhook.after-store': [['shipping'], HAPPY],
  'receive-webhook.before-reply': [['shipping'], HAPPY],
  'attempt-step.after-answer': [['fulfilment'], MIXED],
  'attempt-step.before-completion': [['fulfilment'], MIXED],
  'ship-order.after-stock': [['fulfilment'], HAPPY],
  'record-progress.before-completion': [['fulfilment'], UNDONE],
  'send-mail.after-delivery': [['notifications'], HAPPY],
  'follow-availability.before-commit': [['catalog'], MIXED],
  'project-events.before-commit': [['order-view'], MIXED],
  'migrate.before-commit': [['customers'], MIXED],
};

export const PLACES: readonly Place[] = (Object.keys(FAILPOINTS) as Failpoint[]).flatMap((failpoint) => {
  const [services, orders] = WHERE[failpoint];
  return services.map((service) => ({ failpoint, service, orders }));
});
