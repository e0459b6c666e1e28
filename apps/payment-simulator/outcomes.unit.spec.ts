import { describe, expect, it } from '@jest/globals';
import { outcomeOfCancel, outcomeOfConfirm, outcomeOfRefund } from './outcomes.js';
import type { IntentStatus } from './schema.js';

const confirmable = { status: 'requires_confirmation', confirm_calls: 0 } as const;
const charge = {
  payment_method: 'pm_ok',
  amount: 500,
  amount_refunded: 0,
  refund_calls: 0,
  created_at: new Date(1_000),
};

describe('a confirm', () => {
  it.each([
    ['pm_ok', { kind: 'charged', holdReply: false }],
    ['pm_lost_reply', { kind: 'charged', holdReply: true }],
    ['pm_declined', { kind: 'declined', declineCode: 'generic_decline' }],
    ['pm_insufficient_funds', { kind: 'declined', declineCode: 'insufficient_funds' }],
    ['pm_flaky', { kind: 'failed' }],
  ])('of %s', (payment_method, outcome) => {
    expect(outcomeOfConfirm({ ...confirmable, payment_method })).toMatchObject(outcome);
  });

  it('of pm_flaky gets through the third time', () => {
    expect(outcomeOfConfirm({ ...confirmable, payment_method: 'pm_flaky', confirm_calls: 1 })).toEqual({
      kind: 'failed',
    });
    expect(outcomeOfConfirm({ ...confirmable, payment_method: 'pm_flaky', confirm_calls: 2 })).toMatchObject({
      kind: 'charged',
    });
  });

  it.each<IntentStatus>(['succeeded', 'canceled'])('changes nothing once the intent is %s', (status) => {
    expect(outcomeOfConfirm({ status, payment_method: 'pm_ok', confirm_calls: 1 })).toMatchObject({
      kind: 'unexpected-state',
    });
  });

  it('needs a payment method, which a declined intent has lost', () => {
    expect(
      outcomeOfConfirm({ status: 'requires_payment_method', payment_method: null, confirm_calls: 1 }),
    ).toMatchObject({ kind: 'unexpected-state' });
  });
});

describe('a cancel', () => {
  it.each<[IntentStatus, string]>([
    ['requires_confirmation', 'canceled'],
    ['requires_payment_method', 'canceled'],
    ['succeeded', 'unexpected-state'],
    ['canceled', 'unexpected-state'],
  ])('of an intent that is %s: %s', (status, kind) => {
    expect(outcomeOfCancel({ status })).toMatchObject({ kind });
  });
});

describe('a refund', () => {
  it('gives back what is left unless less is asked for', () => {
    expect(outcomeOfRefund({ ...charge, amount_refunded: 200 }, undefined, null)).toEqual({
      kind: 'refunded',
      amount: 300,
    });
    expect(outcomeOfRefund(charge, 100, null)).toEqual({ kind: 'refunded', amount: 100 });
  });

  it('never exceeds what was charged', () => {
    expect(outcomeOfRefund({ ...charge, amount_refunded: 200 }, 301, null)).toEqual({ kind: 'exceeds', left: 300 });
    expect(outcomeOfRefund({ ...charge, amount_refunded: 500 }, undefined, null)).toEqual({ kind: 'already-refunded' });
  });

  it('of pm_refund_flaky gets through the fourth time', () => {
    const flaky = { ...charge, payment_method: 'pm_refund_flaky' };
    expect(outcomeOfRefund({ ...flaky, refund_calls: 2 }, undefined, null)).toEqual({ kind: 'failed' });
    expect(outcomeOfRefund({ ...flaky, refund_calls: 3 }, undefined, null)).toMatchObject({ kind: 'refunded' });
  });

  it('of pm_refund_broken waits for an account fixed after the charge', () => {
    const broken = { ...charge, payment_method: 'pm_refund_broken' };
    expect(outcomeOfRefund(broken, undefined, null)).toEqual({ kind: 'account-broken' });
    expect(outcomeOfRefund(broken, undefined, new Date(999))).toEqual({ kind: 'account-broken' });
    expect(outcomeOfRefund(broken, undefined, new Date(1_001))).toMatchObject({ kind: 'refunded' });
  });
});
