import { describe, expect, it } from '@jest/globals';
import { parsePaymentEvent } from './parse-payment-event.js';

const ORDER_ID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
const intent = { object: 'payment_intent', id: 'pi_1', status: 'succeeded', metadata: { order_id: ORDER_ID } };
const charge = { object: 'charge', id: 'ch_1', payment_intent: 'pi_1', status: 'succeeded', amount_refunded: 0 };
const refund = { object: 'refund', id: 're_1', payment_intent: 'pi_1', status: 'succeeded' };
const event = (object: unknown) => ({ id: 'evt_1', type: 'a.b', created: 1_700_000_000, data: { object } });

describe('an event of the payment provider', () => {
  it('given an intent, then it says what became of which order, and when', () => {
    expect(parsePaymentEvent(event(intent))).toEqual({
      id: 'evt_1',
      type: 'a.b',
      at: new Date(1_700_000_000_000),
      report: { intentId: 'pi_1', orderId: ORDER_ID, said: 'charged' },
    });
  });

  it.each([
    ['an intent that was declined', { ...intent, status: 'requires_payment_method' }, 'not-charged'],
    ['an intent that was cancelled', { ...intent, status: 'canceled' }, 'not-charged'],
    ['an intent of a status new to us', { ...intent, status: 'teleported' }, 'not-charged'],
    ['a charge', charge, 'charged'],
    ['a charge that failed', { ...charge, status: 'failed' }, 'not-charged'],
    ['a charge that was given back in part', { ...charge, amount_refunded: 1 }, 'refunded'],
    ['a refund', refund, 'refunded'],
    ['a refund without a status', { ...refund, status: null }, 'refunded'],
    ['a refund that came back', { ...refund, status: 'failed' }, 'refund-failed'],
  ])('given %s, then it says so', (_, object, said) => {
    expect(parsePaymentEvent(event(object)).report).toMatchObject({ intentId: 'pi_1', said });
  });

  it.each([
    ['without metadata', { ...intent, metadata: undefined }],
    ['of somebody else', { ...intent, metadata: { order_id: 'A-17' } }],
  ])('given an intent %s, then it names no order of ours', (_, object) => {
    expect(parsePaymentEvent(event(object)).report).toEqual({ intentId: 'pi_1', orderId: null, said: 'charged' });
  });

  it.each([
    ['about something else', { object: 'customer', id: 'cus_1' }],
    ['about a charge without an intent', { ...charge, payment_intent: null }],
    ['whose id is noise', { ...intent, id: 'pi_\u0000' }],
    ['about nothing', null],
  ])('given one %s, then it is an event without a report', (_, object) => {
    expect(parsePaymentEvent(event(object))).toMatchObject({ id: 'evt_1', report: null });
  });

  it.each([
    null,
    [],
    {},
    { ...event(intent), id: '' },
    { ...event(intent), id: 'evt_\u0000' },
    { ...event(intent), created: 'now' },
    { ...event(intent), created: 1e300 },
    { ...event(intent), data: undefined },
  ])('given %j, then it is none', (body) => {
    expect(() => parsePaymentEvent(body)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
