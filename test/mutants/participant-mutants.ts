import type { Mutant } from './mutant.js';

const ANOMALIES = 'apps/inventory/reservation/anomalies.int.spec.ts';
const SIMULATION = 'workflows/testing/simulation/simulation.unit.spec.ts';

export const PARTICIPANT_MUTANTS: readonly Mutant[] = [
  {
    name: 'inventory-no-tombstone',
    breaks: 'A reserve that comes after its release takes stock that nobody gives back.',
    file: 'apps/inventory/release-stock/release-stock.ts',
    find: "return { kind: 'bury' };",
    replace: 'return ANSWER;',
    caughtBy: ['apps/inventory/release-stock/release-stock.int.spec.ts', ANOMALIES],
  },
  {
    name: 'inventory-released-is-reserved-again',
    breaks: 'A reserve does not mind the tombstone.',
    file: 'apps/inventory/reserve-stock/reserve-stock.ts',
    find: 'return REFUSE_RELEASED;',
    replace: "return { kind: 'acquire', as: 'reserved' };",
    caughtBy: ['apps/inventory/reserve-stock/reserve-stock.int.spec.ts', ANOMALIES],
  },
  {
    name: 'inventory-level-not-checked-again',
    breaks: 'Two who saw the last unit both get it.',
    file: 'apps/inventory/reservation/acquire-stock.ts',
    find: 'where stock.available >= plan.quantity and not exists (select from short)',
    replace: 'where not exists (select from short)',
    caughtBy: ['apps/inventory/hold-stock/many-buyers.int.spec.ts'],
  },
  {
    name: 'inventory-state-not-compared',
    breaks: 'A release and a ship at once both move the same units.',
    file: 'apps/inventory/reservation/move-stock.ts',
    find: "and state = '${sql.raw(from)}' and ${ON_ITS_TURN}",
    replace: 'and ${ON_ITS_TURN}',
    caughtBy: [ANOMALIES, 'apps/inventory/ship-stock/ship-stock.int.spec.ts'],
  },
  {
    name: 'payments-no-tombstone',
    breaks: 'A charge that comes after its settle takes money that nobody gives back.',
    file: 'apps/payments/charge-order/next-charge-step.ts',
    find: `    case 'VOIDED':
    case 'REFUNDED':
      return { kind: 'refuse', code: 'SETTLED' };`,
    replace: `    case 'REFUNDED':
      return { kind: 'refuse', code: 'SETTLED' };
    case 'VOIDED':
      return { kind: 'create-intent', attempt: charge.intent_attempt };`,
    caughtBy: ['apps/payments/charge-order/next-charge-step.unit.spec.ts', 'test/payments/settle-charge.int.spec.ts'],
  },
  {
    name: 'payments-charge-without-key',
    breaks: 'Each attempt makes an intent of its own at the provider.',
    file: 'apps/payments/charge-order/charge-order.ts',
    find: 'const key = `waybill:charge:${orderId}:${attempt}`;',
    replace: 'const key = `waybill:charge:${orderId}:${attempt}:${Math.random()}`;',
    caughtBy: ['test/payments/charge-order.int.spec.ts', 'test/payments/interleavings.int.spec.ts'],
  },
  {
    name: 'payments-confirms-what-is-not-stored',
    breaks: 'An intent whose id is stored nowhere is charged.',
    file: 'apps/payments/charge-order/next-charge-step.ts',
    find: 'if (intent === undefined || intent.id !== charge.intent_id) return',
    replace: 'if (intent === undefined) return',
    caughtBy: ['apps/payments/charge-order/next-charge-step.unit.spec.ts'],
  },
  {
    name: 'payments-another-amount-accepted',
    breaks: 'A call with another amount is told that it was charged.',
    file: 'apps/payments/charge-order/next-charge-step.ts',
    find: 'charge.amount === amount.amount && charge.currency',
    replace: 'charge.currency',
    caughtBy: ['apps/payments/charge-order/next-charge-step.unit.spec.ts'],
  },
  {
    name: 'payments-refund-not-remembered',
    breaks: 'A refund that the provider has already made is made again.',
    file: 'apps/payments/settle-charge/next-settle-step.ts',
    find: 'const left = captured - refunded - refundsPending;',
    replace: 'const left = captured;',
    caughtBy: ['apps/payments/settle-charge/next-settle-step.unit.spec.ts', 'test/payments/settle-charge.int.spec.ts'],
  },
  {
    name: 'payments-settles-before-it-forbids',
    breaks: 'A charge that is being confirmed succeeds after its settle has said that there is nothing.',
    file: 'apps/payments/charges.ts',
    find: "when charges.state in ('STARTED', 'CAPTURED') then 'SETTLING'",
    replace: "when charges.state = 'STARTED' then 'VOIDED' when charges.state = 'CAPTURED' then 'SETTLING'",
    caughtBy: ['test/payments/settle-beside-charge.int.spec.ts', 'test/payments/settle-charge.int.spec.ts'],
  },
  {
    name: 'shipping-no-tombstone',
    breaks: 'A scheduling that comes after its cancel sends a parcel that nobody paid for.',
    file: 'apps/shipping/cancel-shipment/cancel-shipment.ts',
    find: 'const shipment = await this.shipments.beginCancel(orderId);',
    replace: `if (!(await this.shipments.find(orderId))) return { id: '', state: 'CANCELLED' } as ShipmentRow;
    const shipment = await this.shipments.beginCancel(orderId);`,
    caughtBy: ['test/shipping/cancel-shipment.int.spec.ts', 'test/shipping/interleavings.int.spec.ts'],
  },
  {
    name: 'shipping-cancel-misses-a-started-one',
    breaks: 'A label that is being bought is not stopped by the cancel.',
    file: 'apps/shipping/shipment/shipments.ts',
    find: ".where('shipments.state', 'in', ['STARTED', 'SCHEDULED']),",
    replace: ".where('shipments.state', 'in', ['SCHEDULED']),",
    caughtBy: ['test/shipping/cancel-shipment.int.spec.ts', 'test/shipping/interleavings.int.spec.ts'],
  },
  {
    name: 'shipping-cancels-without-the-carrier',
    breaks: 'Shipping says that the parcel is stopped without asking the carrier, who may have it.',
    file: 'apps/shipping/cancel-shipment/cancel-shipment.ts',
    find: "shipment.state === 'CANCELLING' ? await this.letCarrierDecide(shipment) : shipment",
    replace: "shipment.state === 'CANCELLING' ? await this.shipments.finishCancel(shipment) : shipment",
    caughtBy: ['test/shipping/cancel-shipment.int.spec.ts'],
  },
  {
    name: 'shipping-signature-not-checked',
    breaks: 'Anybody can tell us that a parcel was delivered.',
    file: 'apps/shipping/receive-carrier-webhook/receive-carrier-webhook.ts',
    find: '    requireSignature({ header: signature, body, secrets: this.config.WAYBILL_CARRIER_WEBHOOK_SECRET });\n',
    replace: '',
    caughtBy: ['test/shipping/carrier-webhook.int.spec.ts'],
  },
  {
    name: 'shipping-does-not-wake-its-relay',
    breaks: 'What shipping tells leaves up to a second late, at the next look at the outbox.',
    file: 'apps/shipping/shipment/shipments.ts',
    find: '    if (rows.length > 0) this.outbox.wake();\n',
    replace: '',
    caughtBy: ['test/shipping/schedule-shipment.int.spec.ts'],
  },
  {
    name: 'orders-lease-not-checked',
    breaks: 'Who lost the lease of a key records its order all the same.',
    file: 'apps/orders/place-order/record-placed.ts',
    find: ' and lease_token = ${lease.token} and answer is null',
    replace: '',
    caughtBy: ['apps/orders/place-order/claims.int.spec.ts'],
  },
  {
    name: 'orders-record-not-idempotent',
    breaks: 'An attempt that is reported twice stands in the log twice.',
    file: 'apps/orders/order/decide-step.ts',
    find: 'if (known || overtaken || isFinal(progress.status)) return [];',
    replace: 'if (overtaken || isFinal(progress.status)) return [];',
    caughtBy: ['apps/orders/order/order.properties.unit.spec.ts', 'apps/orders/order/order.unit.spec.ts'],
  },
  {
    name: 'orders-success-after-a-failure-not-heard',
    breaks:
      'An attempt given up as timed out, which its worker did finish, never counts: the order stays behind its workflow.',
    file: 'apps/orders/order/decide-step.ts',
    find: "command.attempt <= attempts && (done || command.outcome !== 'ok')",
    replace: 'command.attempt <= attempts',
    caughtBy: [SIMULATION, 'apps/orders/order/order.unit.spec.ts'],
  },
  {
    name: 'orders-version-not-compared',
    breaks: 'Two who append to a log at once overwrite each other.',
    file: 'apps/orders/order-log/order-store.ts',
    find: 'where id = ${orderId} and version = ${order.version}',
    replace: 'where id = ${orderId}',
    caughtBy: ['apps/orders/record-progress/record-progress.int.spec.ts'],
  },
  {
    name: 'orders-final-before-all-is-undone',
    breaks: 'An order becomes REJECTED while its money is not given back.',
    file: 'apps/orders/order/decide.ts',
    find: 'if (left !== undefined) throw',
    replace: 'if (false as boolean) throw',
    caughtBy: ['apps/orders/order/order.unit.spec.ts', 'apps/orders/order/order.properties.unit.spec.ts'],
  },
  {
    name: 'messaging-ack-before-commit',
    breaks: 'A consumer that dies at work loses its message.',
    file: 'libs/messaging/consume/session.ts',
    find: `    const verdict = this.ending ? 'unavailable' : await work.process();
    switch (verdict) {
      case 'done':
        this.answer(() => this.channel.ack(message));
        if`,
    replace: `    this.answer(() => this.channel.ack(message));
    const verdict = this.ending ? 'unavailable' : await work.process();
    switch (verdict) {
      case 'done':
        if`,
    caughtBy: ['libs/messaging/amqp-server.int.spec.ts'],
    tests: 'its message goes back to the queue',
  },
  {
    name: 'messaging-onward-not-confirmed',
    breaks: 'A message that is to be tried again is acknowledged before the broker has its copy.',
    file: 'libs/messaging/consume/onward.ts',
    find: '    await this.publisher.publish({',
    replace: '    void this.publisher.publish({',
    caughtBy: ['libs/messaging/amqp-server.int.spec.ts'],
    tests: 'a retry queue that does not take it',
  },
  {
    name: 'outbox-removes-before-the-confirm',
    breaks: 'A message that the broker did not take is gone.',
    file: 'libs/messaging/relay/lane-sender.ts',
    find: "if (outcomes[place] !== 'confirmed') held.add(row.subject);",
    replace: 'if (outcomes[place] === undefined) held.add(row.subject);',
    caughtBy: ['libs/messaging/relay/lane-sender.int.spec.ts'],
  },
  {
    name: 'outbox-sends-without-the-lease',
    breaks: 'A leader that was paused goes on beside the one that replaced it.',
    file: 'libs/messaging/relay/lane-sender.ts',
    find: 'if (due.length === 0 || !this.lease.held) break;',
    replace: 'if (due.length === 0) break;',
    caughtBy: ['libs/messaging/relay/lane-sender.int.spec.ts'],
  },
  {
    name: 'outbox-lease-taken-from-its-holder',
    breaks: 'Two processes send the same outbox at once.',
    file: 'libs/messaging/relay/lease.ts',
    find: 'where lease.holder = excluded.holder or lease.until < clock_timestamp()',
    replace: 'where true',
    caughtBy: ['libs/messaging/relay/relay.int.spec.ts'],
    tests: 'given two, then one is active',
  },
  {
    name: 'inbox-not-in-the-transaction',
    breaks: 'A mail whose request was rolled back is never asked for again.',
    file: 'apps/notifications/request-mails/request-mail.ts',
    find: 'if (!(await receiveOnce(trx, CONSUMER, event))) return;',
    replace: 'if (!(await receiveOnce(this.db, CONSUMER, event))) return;',
    caughtBy: ['apps/notifications/notifications.int.spec.ts'],
  },
  {
    name: 'inventory-moves-lines-read-before-the-lock',
    breaks: 'A release gives back what the reservation held before it was amended.',
    file: 'apps/inventory/reservation/move-stock.ts',
    find: 'and ${ON_ITS_TURN} and ${SAME_AMENDMENTS}',
    replace: 'and ${ON_ITS_TURN} and (true or ${SAME_AMENDMENTS})',
    caughtBy: ['apps/inventory/amend-reservation/amend-reservation.int.spec.ts'],
    tests: 'that moves what it holds then',
  },
];
