import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import { NEXT_SECRET, signed, webhookWorld, WEBHOOK_SECRET, type WebhookWorld } from './webhook-world.js';

const DEADLINE = { deadlineMs: 9_000 };
const MINUTE = 60_000;

let world: WebhookWorld;
beforeAll(async () => {
  world = await webhookWorld();
});
afterEach(() => world.simulator.disarm());
afterAll(() => world.stop());

const request = (paymentMethod: string) => ({
  orderId: newId<string>(),
  customerId: 'cus-ada',
  amount: { amount: 4_200, currency: 'EUR' },
  paymentMethod,
});

interface Event {
  readonly id: string;
  readonly body: string;
}
function event(type: string, object: object): Event {
  const id = `evt_${randomUUID().replaceAll('-', '')}`;
  return { id, body: JSON.stringify({ id, object: 'event', type, created: 1_700_000_000, data: { object } }) };
}
function intentEvent(status: string, intentId: string | null, orderId: string): Event {
  return event('payment_intent.x', {
    object: 'payment_intent',
    id: intentId,
    status,
    metadata: { order_id: orderId },
  });
}
const post = ({ body }: Event, signature = signed(body)) => world.post(body, signature);

/** A charge whose own webhooks have all come. */
async function captured(): Promise<{ orderId: string; intentId: string }> {
  const asked = request('pm_ok');
  const { providerReference: intentId } = await world.payments.charge(asked, DEADLINE);
  await eventually(async () => expect(await settledEvents(asked.orderId)).toHaveLength(1));
  return { orderId: asked.orderId, intentId };
}
const settledEvents = async (orderId: string) =>
  (await world.received(orderId)).filter(([, outcome]) => outcome !== 'waiting');

describe("the provider's webhooks", () => {
  it('given a charge that was recorded, then it stays as it is, and is told once', async () => {
    const { orderId } = await captured();
    expect(await world.chargeOf(orderId)).toMatchObject({ state: 'CAPTURED', version: 1 });
    expect(await world.eventsOf(orderId)).toEqual(['PaymentCaptured']);
  });

  it('given a charge whose reply was lost, then it is completed, and told once, also when it is asked for again', async () => {
    const asked = request('pm_lost_reply');
    await expect(world.payments.charge(asked, DEADLINE)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await eventually(async () =>
      expect(await world.chargeOf(asked.orderId)).toMatchObject({ state: 'CAPTURED', captured: 4_200, version: 1 }),
    );
    await eventually(async () =>
      expect(await world.received(asked.orderId)).toEqual([['payment_intent.succeeded', 'applied']]),
    );
    await world.payments.charge(asked, DEADLINE);
    expect(await world.eventsOf(asked.orderId)).toEqual(['PaymentCaptured']);
  });

  it('given a decline whose reply was lost, then it is recorded', async () => {
    const asked = request('pm_declined');
    await world.simulator.arm({
      operation: 'confirmIntent',
      moment: 'after',
      effect: { kind: 'error' },
    });
    await expect(world.payments.charge(asked, DEADLINE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await eventually(async () =>
      expect(await world.chargeOf(asked.orderId)).toMatchObject({ state: 'DECLINED', reason: 'PAYMENT_DECLINED' }),
    );
    expect(await world.eventsOf(asked.orderId)).toEqual(['PaymentDeclined']);
  });

  it('given a refund whose reply was lost, then it is recorded, and told once', async () => {
    const { orderId } = await captured();
    await world.simulator.arm({ operation: 'createRefund', moment: 'after', effect: { kind: 'error' } });
    await expect(world.payments.settle({ orderId }, DEADLINE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await eventually(async () =>
      expect(await world.chargeOf(orderId)).toMatchObject({ state: 'REFUNDED', refunded: 4_200 }),
    );
    await world.payments.settle({ orderId }, DEADLINE);
    expect(await world.eventsOf(orderId)).toEqual(['PaymentCaptured', 'RefundIssued']);
  });
});

describe('an event of the provider', () => {
  it('given it says charged of a payment that was settled, then it does not come back to life', async () => {
    const { orderId, intentId } = await captured();
    await world.payments.settle({ orderId }, DEADLINE);
    const late = intentEvent('succeeded', intentId, orderId);
    expect(await post(late)).toEqual({ status: 202, body: { duplicate: false } });
    expect(await world.outcomeOf(late.id)).toBe('stale');
    expect(await world.chargeOf(orderId)).toMatchObject({ state: 'REFUNDED', version: 2 });
  });

  it('given it says what the provider itself does not, then the provider is believed, and nothing changes', async () => {
    const asked = request('pm_flaky');
    await expect(world.payments.charge(asked, DEADLINE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const { intent_id } = await world.chargeOf(asked.orderId);
    const untrue = intentEvent('succeeded', intent_id, asked.orderId);
    expect((await post(untrue)).status).toBe(202);
    expect(await world.outcomeOf(untrue.id)).toBe('stale');
    expect(await world.chargeOf(asked.orderId)).toMatchObject({ state: 'STARTED', captured: 0 });
  });

  it('given it comes fifty times at once, then it is stored once, and each is answered alike', async () => {
    const { orderId, intentId } = await captured();
    const again = intentEvent('succeeded', intentId, orderId);
    const signature = signed(again.body);
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(again, signature)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(answers.filter(({ body }) => (body as { duplicate: boolean }).duplicate)).toHaveLength(49);
    expect(await world.eventsOf(orderId)).toEqual(['PaymentCaptured']);
  });

  it('given the provider cannot be asked, then it is stored, and applied when it is sent again', async () => {
    const asked = request('pm_flaky');
    await expect(world.payments.charge(asked, DEADLINE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const { intent_id } = await world.chargeOf(asked.orderId);
    const early = intentEvent('succeeded', intent_id, asked.orderId);
    await world.simulator.arm({ operation: 'findIntent', moment: 'before', effect: { kind: 'error' }, times: 10 });
    expect(await post(early)).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(await world.outcomeOf(early.id)).toBe('waiting');
    await world.simulator.disarm();
    expect(await post(early)).toEqual({ status: 202, body: { duplicate: true } });
    expect(await world.outcomeOf(early.id)).toBe('stale');
  });

  it.each<[string, () => Promise<Event> | Event, string]>([
    ['an intent that nobody knows', () => intentEvent('succeeded', 'pi_unknown', newId()), 'unknown'],
    ['something else', () => event('customer.created', { object: 'customer', id: 'cus_1' }), 'ignored'],
    [
      'a second intent of an order, charged',
      async () => intentEvent('succeeded', 'pi_second', (await captured()).orderId),
      'contradicting',
    ],
    [
      'a refund that nobody here asked for',
      async () => {
        const { orderId, intentId } = await captured();
        const refund = { object: 'refund', payment_intent: intentId, status: 'succeeded' };
        return event('refund.created', { ...refund, metadata: { order_id: orderId } });
      },
      'contradicting',
    ],
  ])('about %s is kept, and changes nothing', async (_, make, outcome) => {
    const made = await make();
    expect((await post(made)).status).toBe(202);
    expect(await world.outcomeOf(made.id)).toBe(outcome);
  });

  it('is kept for 30 days', async () => {
    const [young, old] = [event('customer.created', {}), event('customer.created', {})];
    await post(young);
    await post(old);
    await world.forgetAfter(29, young.id);
    await world.forgetAfter(31, old.id);
    expect(await Promise.all([young, old].map(({ id }) => world.outcomeOf(id)))).toEqual(['ignored', undefined]);
  });

  it('given the secret that comes next, then it is taken', async () => {
    const made = event('customer.created', {});
    expect((await post(made, signed(made.body, NEXT_SECRET))).status).toBe(202);
  });
});

describe('what is no webhook of the provider', () => {
  const [unauthenticated, invalid, tooLarge] = [
    [401, 'UNAUTHENTICATED'],
    [400, 'INVALID_REQUEST'],
    [413, 'TOO_LARGE'],
  ] as const;
  let charge: Awaited<ReturnType<typeof captured>>;
  beforeAll(async () => void (charge = await captured()));

  it.each<[string, readonly [number, string], (body: string) => readonly [string, string | undefined]]>([
    ['without a signature', unauthenticated, (body) => [body, undefined]],
    ['with noise for a signature', unauthenticated, (body) => [body, 'hello']],
    ['forged', unauthenticated, (body) => [body, signed(body, 'whsec_of_somebody_else')]],
    ['signed for another body', unauthenticated, (body) => [body, signed('{}')]],
    ['changed by one blank', unauthenticated, (body) => [`${body} `, signed(body)]],
    ['six minutes old', unauthenticated, (body) => [body, signed(body, WEBHOOK_SECRET, 6 * MINUTE)]],
    ['from the future', unauthenticated, (body) => [body, signed(body, WEBHOOK_SECRET, -6 * MINUTE)]],
    ['empty', invalid, () => ['', signed('{}')]],
    ['no JSON', invalid, () => ['{', signed('{')]],
    ['no event', invalid, () => ['{}', signed('{}')]],
    [
      'an event of the next generation',
      invalid,
      () => ['{"object":"v2.core.event"}', signed('{"object":"v2.core.event"}')],
    ],
    ['with a nul in its id', invalid, () => ['{"id":"\\u0000"}', signed('{"id":"\\u0000"}')]],
    ['with a signature of two kilobytes', invalid, (body) => [body, `${signed(body)},v1=${'a'.repeat(2_000)}`]],
    [
      'too large',
      tooLarge,
      () => {
        const large = JSON.stringify({ pad: 'x'.repeat(256 * 1024) });
        return [large, signed(large)];
      },
    ],
  ])('%s: is refused, and nothing is stored', async (_, [status, code], make) => {
    const { orderId, intentId } = charge;
    const before = await world.everything();
    const [body, signature] = make(intentEvent('canceled', intentId, orderId).body);
    expect(await world.post(body, signature)).toMatchObject({ status, body: { code } });
    expect(await world.everything()).toBe(before);
  });
});
