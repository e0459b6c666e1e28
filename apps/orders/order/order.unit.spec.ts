import { describe, expect, it } from '@jest/globals';
import type { StepName } from '#libs/contracts/steps.js';
import { given } from '../testing/given.js';
import {
  cancelled,
  cancelling,
  confirmed,
  delivered,
  paid,
  placed,
  progressed,
  recordStep,
  rejecting,
  reserved,
  SAMPLE,
  scheduled,
  shipped,
  toConfirmed,
  undone,
  unreported,
} from '../testing/sample-orders.js';
import type { BeginUndo, RecordAttention, RecordDecision, RecordEnding, RecordFact } from './commands.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { evolve, fold } from '#libs/order-log/evolve.js';
import { isOpen, NOT_PLACED } from '#libs/order-log/order.js';

const { orderId, customerId, at, shipment } = SAMPLE;

describe('placing an order', () => {
  it('begins the log', () => given().when({ type: 'place-order', order: placed.data }).then(placed));
  it('begins it once', () => given(placed).when({ type: 'place-order', order: placed.data }).thenNothing());
  it('comes before anything else', () => {
    given()
      .when(recordStep('reserve-inventory', 'do', 1, 'ok'))
      .thenRefused('NOT_FOUND');
    expect(() => evolve(NOT_PLACED, reserved)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
  it('leaves it pending, unpaid, at version 1', () => {
    expect(fold([placed])).toMatchObject({
      version: 1,
      progress: { status: 'PENDING', payment: { status: 'NONE', captured: 0, refunded: 0 }, shipments: [] },
    });
  });
});

describe('recording a step', () => {
  it('adds the attempt as it was reported', () => {
    const detail = { startedAt: at, endedAt: null, detail: 'provider answered 500' };
    given(placed, reserved)
      .when(recordStep('process-payment', 'do', 1, 'failed', detail))
      .then(progressed('process-payment', 'do', 1, 'failed', detail));
  });

  it('confirms the order with the last step', () => {
    given(placed, reserved, paid)
      .when(recordStep('schedule-shipping', 'do', 1, 'ok'))
      .then(scheduled, confirmed);
  });

  it('confirms once, whichever step is reported last', () => {
    given(placed, paid, scheduled)
      .when(recordStep('reserve-inventory', 'do', 1, 'ok'))
      .then(reserved, confirmed);
    given(...toConfirmed)
      .when(recordStep('schedule-shipping', 'do', 2, 'ok'))
      .then(progressed('schedule-shipping', 'do', 2, 'ok'));
  });

  it('fills in the attempts that nobody reported', () => {
    given(placed)
      .when(recordStep('reserve-inventory', 'do', 3, 'ok'))
      .then(
        unreported('reserve-inventory', 'do', 1),
        unreported('reserve-inventory', 'do', 2),
        progressed('reserve-inventory', 'do', 3, 'ok'),
      );
  });

  it('counts do and undo apart', () => {
    given(placed, reserved, rejecting('PAYMENT_DECLINED'))
      .when(recordStep('reserve-inventory', 'undo', 1, 'ok'))
      .then(undone('reserve-inventory'));
  });

  it.each<[string, ...Parameters<typeof recordStep>]>([
    ['a duplicate', 'reserve-inventory', 'do', 2, 'ok'],
    ['the same attempt with another outcome', 'reserve-inventory', 'do', 2, 'failed'],
    ['an attempt that was filled in', 'reserve-inventory', 'do', 1, 'ok'],
  ])('takes no notice of %s', (_case, ...step) => {
    given(placed, unreported('reserve-inventory', 'do', 1), progressed('reserve-inventory', 'do', 2, 'ok'))
      .when(recordStep(...step))
      .thenNothing();
  });

  it('hears of a success that was given up as lost', () => {
    given(placed, unreported('reserve-inventory', 'do', 1), progressed('reserve-inventory', 'do', 2, 'failed'))
      .when(recordStep('reserve-inventory', 'do', 2, 'ok'))
      .then(progressed('reserve-inventory', 'do', 2, 'ok'));
    given(placed, unreported('reserve-inventory', 'do', 1), progressed('reserve-inventory', 'do', 2, 'failed'))
      .when(recordStep('reserve-inventory', 'do', 1, 'ok'))
      .then(progressed('reserve-inventory', 'do', 1, 'ok'));
  });

  it('takes no notice of a do that its undo has overtaken', () => {
    given(placed, reserved, rejecting('FULFILMENT_FAILED'), undone('process-payment'))
      .when(recordStep('process-payment', 'do', 1, 'ok'))
      .thenNothing();
  });

  it('takes no notice of anything after the end', () => {
    given(...toConfirmed, shipped, delivered)
      .when(recordStep('process-payment', 'do', 2, 'ok'))
      .thenNothing();
    given(placed, cancelling, cancelled)
      .when(recordStep('reserve-inventory', 'do', 1, 'ok'))
      .thenNothing();
  });

  it('never confirms an order that is being undone', () => {
    given(placed, reserved, paid, rejecting('FULFILMENT_FAILED'))
      .when(recordStep('schedule-shipping', 'do', 1, 'ok'))
      .then(scheduled);
    given(placed, reserved, paid, undone('reserve-inventory'))
      .when(recordStep('schedule-shipping', 'do', 1, 'ok'))
      .then(scheduled);
  });
});

describe('the status', () => {
  const status = (...events: OrderEvent[]) => given(...events).progress.status;

  it('follows what is done', () => {
    expect(status(placed)).toBe('PENDING');
    expect(status(placed, progressed('reserve-inventory', 'do', 1, 'failed'))).toBe('PENDING');
    expect(status(placed, reserved)).toBe('RESERVED');
    expect(status(placed, reserved, paid)).toBe('PAID');
    expect(status(placed, reserved, paid, scheduled)).toBe('PAID');
    expect(status(...toConfirmed)).toBe('CONFIRMED');
    expect(status(...toConfirmed, shipped)).toBe('SHIPPED');
    expect(status(...toConfirmed, shipped, delivered)).toBe('DELIVERED');
  });

  it('does not run ahead of a step that was not reported yet', () => {
    expect(status(placed, paid)).toBe('PENDING');
    expect(status(placed, paid, reserved)).toBe('PAID');
  });

  it('tells how much of several parcels is on its way', () => {
    const second = { ...shipment, id: 'shp-2' };
    const both = [...toConfirmed, progressed('schedule-shipping', 'do', 2, 'ok')];
    both[5] = { type: 'OrderProgressed', data: { ...scheduled.data, attempt: 2, shipment: second } };
    const secondShipped = { ...shipped, data: { ...shipped.data, shipmentId: 'shp-2' } } as typeof shipped;
    expect(status(...both, shipped)).toBe('PARTIALLY_SHIPPED');
    expect(status(...both, shipped, delivered)).toBe('PARTIALLY_SHIPPED');
    expect(status(...both, shipped, secondShipped)).toBe('SHIPPED');
    expect(status(...both, shipped, delivered, secondShipped)).toBe('SHIPPED');
  });

  it('says which way the undo goes, and where it ended', () => {
    expect(status(placed, reserved, rejecting('PAYMENT_DECLINED'))).toBe('REJECTING');
    expect(status(placed, cancelling)).toBe('CANCELLING');
    expect(status(placed, cancelling, reserved, paid)).toBe('CANCELLING');
    expect(status(placed, cancelling, cancelled)).toBe('CANCELLED');
    expect(given(placed, rejecting('OUT_OF_STOCK')).progress.reason).toBe('OUT_OF_STOCK');
  });
});

describe('the payment', () => {
  const payment = (...events: OrderEvent[]) => given(...events).progress.payment;
  const charge = (attempt: number, outcome: 'failed' | 'refused' | 'timed_out') =>
    progressed('process-payment', 'do', attempt, outcome);

  it('is awaited once the stock is firm', () => {
    expect(payment(placed, reserved).status).toBe('AUTHORISING');
    expect(payment(placed, reserved, charge(1, 'failed')).status).toBe('AUTHORISING');
    expect(payment(placed, charge(1, 'timed_out')).status).toBe('AUTHORISING');
  });

  it('is captured, then refunded', () => {
    expect(payment(placed, reserved, paid)).toEqual({ status: 'CAPTURED', captured: 2598, refunded: 0 });
    const undo = [placed, reserved, paid, rejecting('NOT_SERVED')] as const;
    expect(payment(...undo)).toEqual({ status: 'REFUNDING', captured: 2598, refunded: 0 });
    expect(payment(...undo, progressed('process-payment', 'undo', 1, 'failed')).status).toBe('REFUNDING');
    expect(payment(...undo, undone('process-payment'))).toEqual({
      status: 'REFUNDED',
      captured: 2598,
      refunded: 2598,
    });
  });

  it('is declined, and stays so through the undo', () => {
    const declined = [placed, reserved, charge(1, 'refused'), rejecting('PAYMENT_DECLINED')] as const;
    expect(payment(...declined).status).toBe('DECLINED');
    const nothing = progressed('process-payment', 'undo', 1, 'ok', { amount: { amount: 0, currency: 'EUR' } });
    expect(payment(...declined, nothing)).toEqual({ status: 'DECLINED', captured: 0, refunded: 0 });
  });

  it('was captured if it was refunded, though the charge looked like a timeout', () => {
    const lost = [placed, reserved, charge(1, 'timed_out'), rejecting('FULFILMENT_FAILED')] as const;
    expect(payment(...lost).status).toBe('AUTHORISING');
    expect(payment(...lost, undone('process-payment'))).toEqual({
      status: 'REFUNDED',
      captured: 2598,
      refunded: 2598,
    });
  });

  it('never came about when the order ended while it was awaited', () => {
    expect(payment(placed, reserved, cancelling, undone('reserve-inventory'), cancelled).status).toBe('NONE');
  });

  it('is to be refunded when its capture is reported after the undo began', () => {
    expect(payment(placed, reserved, cancelling, paid).status).toBe('REFUNDING');
  });
});

describe('beginning the undo', () => {
  const reject: BeginUndo = { type: 'begin-undo', ending: 'REJECTED', reason: 'OUT_OF_STOCK' };
  const cancel: BeginUndo = { type: 'begin-undo', ending: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' };

  it('is possible until the parcel is handed over', () => {
    given(placed).when(reject).then(rejecting('OUT_OF_STOCK'));
    given(...toConfirmed)
      .when(cancel)
      .then(cancelling);
    given(...toConfirmed, shipped)
      .when(cancel)
      .thenRefused('TOO_LATE');
    given(...toConfirmed, shipped, delivered)
      .when(cancel)
      .thenRefused('ALREADY_FINAL');
  });

  it('happens once, and the first decides where it leads', () => {
    given(placed, cancelling).when(cancel).thenNothing();
    given(placed, cancelling).when(reject).thenNothing();
    given(placed, cancelling, cancelled).when(cancel).thenNothing();
  });
});

describe('the ending', () => {
  const ending = (of: RecordEnding['ending']): RecordEnding => ({ type: 'record-ending', ending: of });

  it('is where the undo led', () => {
    given(placed, rejecting('OUT_OF_STOCK'))
      .when(ending('REJECTED'))
      .then({
        type: 'OrderRejected',
        data: { orderId, customerId, items: placed.data.items, total: placed.data.total, reason: 'OUT_OF_STOCK' },
      });
    given(placed, cancelling).when(ending('CANCELLED')).then(cancelled);
    given(placed, cancelling).when(ending('REJECTED')).thenRefused('INVALID_REQUEST');
    given(placed, rejecting('OUT_OF_STOCK')).when(ending('CANCELLED')).thenRefused('INVALID_REQUEST');
  });

  it('needs an undo before it', () => {
    given(placed).when(ending('REJECTED')).thenRefused('INVALID_REQUEST');
    given(...toConfirmed)
      .when(ending('CANCELLED'))
      .thenRefused('INVALID_REQUEST');
  });

  it('happens once, and an order has one', () => {
    given(placed, cancelling, cancelled).when(ending('CANCELLED')).thenNothing();
    given(placed, cancelling, cancelled).when(ending('REJECTED')).thenRefused('ALREADY_FINAL');
    given(...toConfirmed, shipped, delivered)
      .when(ending('CANCELLED'))
      .thenRefused('ALREADY_FINAL');
  });

  it.each<StepName>(['reserve-inventory', 'process-payment', 'schedule-shipping'])(
    'waits for the undo of %s',
    (forgotten) => {
      const others = (['reserve-inventory', 'process-payment', 'schedule-shipping'] as const).filter(
        (step) => step !== forgotten,
      );
      const history = [...toConfirmed, cancelling, ...others.map(undone)];
      given(...history, progressed(forgotten, 'undo', 1, 'failed'))
        .when(ending('CANCELLED'))
        .thenRefused('INVALID_REQUEST');
      given(...history, undone(forgotten))
        .when(ending('CANCELLED'))
        .then(cancelled);
    },
  );
});

describe('facts of the carrier', () => {
  const fact = (what: RecordFact['fact'], factId: string): RecordFact => ({
    type: 'record-fact',
    fact: what,
    factId,
    shipmentId: shipment.id,
    at,
  });

  it('move the shipment and the order on', () => {
    given(...toConfirmed)
      .when(fact('DISPATCHED', 'fact-1'))
      .then(shipped);
    given(...toConfirmed, shipped)
      .when(fact('DELIVERED', 'fact-2'))
      .then(delivered);
    given(...toConfirmed)
      .when(fact('DELIVERED', 'fact-2'))
      .then(delivered);
  });

  it('are recorded once, and not when they come late', () => {
    given(...toConfirmed, shipped)
      .when(fact('DISPATCHED', 'fact-1'))
      .thenNothing();
    given(...toConfirmed, shipped)
      .when(fact('DISPATCHED', 'another-id'))
      .thenNothing();
    given(...toConfirmed, delivered)
      .when(fact('DISPATCHED', 'fact-1'))
      .thenNothing();
  });

  it('cannot be about a shipment that was cancelled, or is not known', () => {
    given(...toConfirmed, cancelling, undone('schedule-shipping'))
      .when(fact('DISPATCHED', 'fact-1'))
      .thenNothing();
    given(placed, reserved, paid).when(fact('DISPATCHED', 'fact-1')).thenRefused('INVALID_REQUEST');
    given(placed, cancelling, cancelled).when(fact('DISPATCHED', 'fact-1')).thenNothing();
  });

  it('leave the status alone while the order is being undone', () => {
    expect(given(...toConfirmed, cancelling, shipped).progress).toMatchObject({
      status: 'CANCELLING',
      shipments: [{ status: 'DISPATCHED' }],
    });
  });
});

describe('a request to cancel', () => {
  const ask = { type: 'request-cancel', commandId: 'cmd-1', requestedBy: 'customer' } as const;
  const data = { orderId, commandId: 'cmd-1', requestedBy: 'customer', order: placed.data } as const;
  const requested: OrderEvent = { type: 'CancelRequested', data };

  it('is recorded with all that starting the order takes, in the words of whoever asks', () => {
    given(placed).when(ask).then(requested);
    given(...toConfirmed)
      .when({ ...ask, requestedBy: 'operator', reason: 'Ordered twice' })
      .then({ type: 'CancelRequested', data: { ...data, requestedBy: 'operator', reason: 'Ordered twice' } });
  });

  it('leaves the status as it is', () => {
    expect(given(placed, requested).progress.status).toBe('PENDING');
    expect(given(...toConfirmed, requested).progress.status).toBe('CONFIRMED');
    expect(given(...toConfirmed, requested, shipped).progress.status).toBe('SHIPPED');
  });

  it('is still taken from an order that is being undone: its workflow knows why', () => {
    given(placed, reserved, rejecting('PAYMENT_DECLINED')).when(ask).then(requested);
    given(placed, cancelling).when(ask).then(requested);
  });

  it('is refused at once by an order that has ended', () => {
    given(...toConfirmed, shipped, delivered)
      .when(ask)
      .thenRefused('ALREADY_FINAL');
    given(placed, cancelling, cancelled).when(ask).thenRefused('ALREADY_FINAL');
  });

  it('is recorded once, also when it is repeated after the decision or the end', () => {
    const accepted: OrderEvent = {
      type: 'CancelAccepted',
      data: { orderId, commandId: 'cmd-1', requestedBy: 'customer' },
    };
    given(placed, requested).when(ask).thenNothing();
    given(placed, accepted).when(ask).thenNothing();
    given(placed, requested, accepted, cancelling, cancelled).when(ask).thenNothing();
  });

  it('is one of many, each by its id', () => {
    given(placed, requested)
      .when({ ...ask, commandId: 'cmd-2' })
      .then({ type: 'CancelRequested', data: { ...data, commandId: 'cmd-2' } });
  });

  describe('however many amendments were asked for', () => {
    const amendment = (n: number) => ({ commandId: `amend-${n}`, requestedBy: 'customer' }) as const;
    const changes = { shippingAddress: placed.data.shippingAddress };
    const askTo = (n: number) => ({ type: 'request-amend', ...amendment(n), changes }) as const;
    const amends = (count: number): OrderEvent[] =>
      Array.from({ length: count }, (_, n) => ({
        type: 'AmendRequested',
        data: { orderId, ...amendment(n), ...changes, order: placed.data },
      }));
    const refusals = (count: number): OrderEvent[] =>
      Array.from({ length: count }, (_, n) => ({
        type: 'AmendRefused',
        data: { orderId, ...amendment(n), code: 'OUT_OF_STOCK' },
      }));

    it('finds room among those that are undecided', () => {
      given(placed, ...amends(5))
        .when(askTo(5))
        .then(...amends(6).slice(5));
      given(placed, ...amends(6))
        .when(askTo(6))
        .thenRefused('RATE_LIMITED');
      given(placed, ...amends(6))
        .when(ask)
        .then(requested);
    });

    it('finds room among all of them', () => {
      const asked = [...amends(1_000), ...refusals(1_000)];
      given(placed, ...asked)
        .when(askTo(1_000))
        .thenRefused('RATE_LIMITED');
      given(placed, ...asked)
        .when(ask)
        .then(requested);
    });
  });
});

describe('decisions on a request to cancel', () => {
  const decided = (decision: 'accepted' | 'TOO_LATE' | 'ALREADY_FINAL'): RecordDecision => ({
    type: 'record-decision',
    command: 'cancel',
    commandId: 'cmd-1',
    requestedBy: 'customer',
    decision,
  });
  const accepted = { type: 'CancelAccepted', data: { orderId, commandId: 'cmd-1', requestedBy: 'customer' } } as const;

  it('are in the log, whatever the status', () => {
    given(...toConfirmed)
      .when(decided('accepted'))
      .then(accepted);
    given(...toConfirmed, shipped, delivered)
      .when(decided('ALREADY_FINAL'))
      .then({
        type: 'CancelRefused',
        data: { orderId, commandId: 'cmd-1', requestedBy: 'customer', code: 'ALREADY_FINAL' },
      });
  });

  it('are made once, and leave the status as it is', () => {
    given(placed, accepted).when(decided('TOO_LATE')).thenNothing();
    expect(given(...toConfirmed, accepted).progress.status).toBe('CONFIRMED');
  });
});

describe('what needs a person', () => {
  const raise = (since = at): RecordAttention => ({
    type: 'raise-attention',
    step: 'process-payment',
    reason: 'refunds fail',
    since,
  });
  const clear: RecordAttention = { type: 'clear-attention', step: 'process-payment' };
  const raised = {
    type: 'AttentionRaised',
    data: { orderId, step: 'process-payment', reason: 'refunds fail', since: at },
  } as const;
  const cleared = { type: 'AttentionCleared', data: { orderId, step: 'process-payment' } } as const;
  const undoing = [placed, reserved, paid, rejecting('NOT_SERVED')] as const;

  it('is a flag beside the status', () => {
    given(...undoing)
      .when(raise())
      .then(raised);
    expect(given(...undoing, raised).progress).toMatchObject({
      status: 'REJECTING',
      attention: [{ step: 'process-payment', reason: 'refunds fail', since: at }],
    });
    expect(given(...undoing, raised, cleared).progress.attention).toEqual([]);
  });

  it('is raised once and cleared once', () => {
    given(...undoing, raised)
      .when(raise('2026-11-20T11:00:00.000Z'))
      .thenNothing();
    given(...undoing, raised)
      .when(clear)
      .then(cleared);
    given(...undoing)
      .when(clear)
      .thenNothing();
  });

  it('is not raised again by a late repeat, but by a new trouble', () => {
    given(...undoing, raised, cleared)
      .when(raise())
      .thenNothing();
    const later = '2026-11-20T11:00:00.000Z';
    given(...undoing, raised, cleared)
      .when(raise(later))
      .then({ type: 'AttentionRaised', data: { ...raised.data, since: later } });
  });

  it('is not raised for an order that has ended, but can be cleared there', () => {
    given(placed, cancelling, cancelled).when(raise()).thenNothing();
    given(placed, cancelling, raised, cancelled).when(clear).then(cleared);
  });

  it('takes the order out of the backlog that the system works on', () => {
    expect(isOpen(given(...undoing).progress)).toBe(true);
    expect(isOpen(given(...undoing, raised).progress)).toBe(false);
    expect(isOpen(given(...toConfirmed).progress)).toBe(false);
  });
});
