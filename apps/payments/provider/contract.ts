import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#libs/kernel/ids.js';
import {
  ProviderUnavailable,
  type IntentOrder,
  type PaymentProvider,
  type ProviderIntent,
} from './payment-provider.js';

export interface ProviderUnderTest {
  readonly provider: PaymentProvider;
  /** The same provider, called with a secret key that it does not know. */
  readonly intruder: PaymentProvider;
  readonly stop: () => Promise<void>;
}

const AMOUNT = 1_999;

/** What charging and settling rely on. Every adapter of the port passes it against what stands behind it. */
export function paymentProviderContract(name: string, start: () => Promise<ProviderUnderTest>): void {
  describe(`${name} as a payment provider`, () => {
    let under: ProviderUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());

    const order = (paymentMethod: string, change: Partial<IntentOrder> = {}): IntentOrder => ({
      key: `contract:${newId()}`,
      orderId: newId(),
      amount: { amount: AMOUNT, currency: 'EUR' },
      paymentMethod,
      ...change,
    });
    const given = async (paymentMethod: string): Promise<ProviderIntent> =>
      createdOf(under.provider, order(paymentMethod));
    const givenCharged = async (): Promise<ProviderIntent> => {
      const intent = await given('pm_ok');
      await under.provider.confirmIntent(intent.id);
      return intent;
    };

    it('charges nothing when an intent is made', async () => {
      const intent = await given('pm_ok');
      expect(intent).toMatchObject({ status: 'confirmable', captured: 0, refunded: 0 });
      await expect(under.provider.findIntent(intent.id)).resolves.toEqual(intent);
    });

    it('gives the same intent for the same key', async () => {
      const same = order('pm_ok');
      const first = await createdOf(under.provider, same);
      await expect(createdOf(under.provider, same)).resolves.toMatchObject({ id: first.id });
    });

    it('takes a key for another charge as our mistake', async () => {
      const first = order('pm_ok');
      await under.provider.createIntent(first);
      const other = under.provider.createIntent({ ...first, amount: { amount: AMOUNT + 1, currency: 'EUR' } });
      await expect(other).rejects.toMatchObject({ code: 'INTERNAL' });
    });

    it('charges a confirmed intent once', async () => {
      const { id } = await given('pm_ok');
      await expect(under.provider.confirmIntent(id)).resolves.toMatchObject({
        kind: 'confirmed',
        intent: { id, status: 'succeeded', captured: AMOUNT },
      });
      await expect(under.provider.confirmIntent(id)).resolves.toEqual({ kind: 'state-changed' });
      await expect(under.provider.findIntent(id)).resolves.toMatchObject({
        status: 'succeeded',
        captured: AMOUNT,
        refunded: 0,
      });
    });

    it.each([
      ['pm_declined', 'PAYMENT_DECLINED'],
      ['pm_insufficient_funds', 'INSUFFICIENT_FUNDS'],
    ])('declines %s for good', async (paymentMethod, reason) => {
      const { id } = await given(paymentMethod);
      await expect(under.provider.confirmIntent(id)).resolves.toEqual({ kind: 'declined', reason });
      await expect(under.provider.findIntent(id)).resolves.toMatchObject({
        status: 'declined',
        declineReason: reason,
        captured: 0,
      });
      await expect(under.provider.confirmIntent(id)).resolves.toEqual({ kind: 'state-changed' });
    });

    it('declines a payment method that it does not know', async () => {
      const unknown = under.provider.createIntent(order(`pm_unknown_${newId().slice(0, 8)}`));
      await expect(unknown).resolves.toEqual({ kind: 'declined', reason: 'PAYMENT_DECLINED' });
    });

    it('never charges a cancelled intent', async () => {
      const { id } = await given('pm_ok');
      await expect(under.provider.cancelIntent(id)).resolves.toEqual({ kind: 'cancelled' });
      await expect(under.provider.confirmIntent(id)).resolves.toEqual({ kind: 'state-changed' });
      await expect(under.provider.cancelIntent(id)).resolves.toEqual({ kind: 'state-changed' });
      await expect(under.provider.findIntent(id)).resolves.toMatchObject({ status: 'cancelled', captured: 0 });
    });

    it('cancels a declined intent', async () => {
      const { id } = await given('pm_declined');
      await under.provider.confirmIntent(id);
      await expect(under.provider.cancelIntent(id)).resolves.toEqual({ kind: 'cancelled' });
    });

    it('does not cancel what is charged', async () => {
      const { id } = await givenCharged();
      await expect(under.provider.cancelIntent(id)).resolves.toEqual({ kind: 'state-changed' });
    });

    it('lets one of a confirm and a cancel succeed', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { id } = await given('pm_ok');
        const [confirmed, cancelled] = await Promise.all([
          endOf(under.provider.confirmIntent(id)),
          endOf(under.provider.cancelIntent(id)),
        ]);
        const { status } = await under.provider.findIntent(id);
        expect(confirmed === 'confirmed' && cancelled === 'cancelled').toBe(false);
        if (confirmed === 'confirmed') expect(status).toBe('succeeded');
        if (cancelled === 'cancelled') expect(status).toBe('cancelled');
      }
    });

    it('refunds once under one key', async () => {
      const { id } = await givenCharged();
      const refund = { key: `contract:${newId()}`, intentId: id, amount: 1_000 };
      await expect(under.provider.refund(refund)).resolves.toEqual({ kind: 'refunded' });
      await expect(under.provider.refund(refund)).resolves.toEqual({ kind: 'refunded' });
      await expect(under.provider.findIntent(id)).resolves.toMatchObject({
        captured: AMOUNT,
        refunded: 1_000,
        refundsPending: 0,
      });
    });

    it('never refunds more than was charged', async () => {
      const { id } = await givenCharged();
      const refund = (amount: number) => under.provider.refund({ key: `contract:${newId()}`, intentId: id, amount });
      await expect(refund(1_500)).resolves.toEqual({ kind: 'refunded' });
      await expect(refund(500)).resolves.toEqual({ kind: 'state-changed' });
      await expect(refund(499)).resolves.toEqual({ kind: 'refunded' });
      await expect(refund(1)).resolves.toEqual({ kind: 'state-changed' });
      await expect(under.provider.findIntent(id)).resolves.toMatchObject({ refunded: AMOUNT });
    });

    it('never refunds more than was charged to many at once', async () => {
      const { id } = await givenCharged();
      const refunds = Array.from({ length: 5 }, () =>
        endOf(under.provider.refund({ key: `contract:${newId()}`, intentId: id, amount: AMOUNT })),
      );
      expect((await Promise.all(refunds)).filter((end) => end === 'refunded')).toHaveLength(1);
      await expect(under.provider.findIntent(id)).resolves.toMatchObject({ refunded: AMOUNT });
    });

    it('takes an intent that does not exist, and a wrong secret key, as our mistake', async () => {
      await expect(under.provider.findIntent('pi_does_not_exist')).rejects.toMatchObject({ code: 'INTERNAL' });
      await expect(under.intruder.createIntent(order('pm_ok'))).rejects.toMatchObject({ code: 'INTERNAL' });
    });
  });
}

async function createdOf(provider: PaymentProvider, order: IntentOrder): Promise<ProviderIntent> {
  const created = await provider.createIntent(order);
  if (created.kind !== 'created') throw new Error(`The provider declined ${order.paymentMethod}`);
  return created.intent;
}

/** A provider may refuse one of two calls on the same payment for being busy; that call has done nothing. */
function endOf(call: Promise<{ readonly kind: string }>): Promise<string> {
  return call.then(
    ({ kind }) => kind,
    (error: unknown) => {
      if (error instanceof ProviderUnavailable && !error.answered) return 'busy';
      throw error;
    },
  );
}
