import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { newId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import { SIMULATOR_KEY, startSimulator, type RunningSimulator } from './testing/start-simulator.js';

let simulator: RunningSimulator;
let stripe: Stripe;

beforeAll(async () => {
  simulator = await startSimulator();
  stripe = sdk(SIMULATOR_KEY);
});

afterAll(async () => {
  await simulator.stop();
});

function sdk(key: string): Stripe {
  const { hostname, port } = new URL(simulator.url);
  return new Stripe(key, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout: 4_000,
    telemetry: false,
  });
}

function given(paymentMethod: string, orderId: string = newId()): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 1_999,
    currency: 'eur',
    payment_method: paymentMethod,
    metadata: { order_id: orderId },
  });
}

async function givenCharged(paymentMethod: string): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.confirm((await given(paymentMethod)).id);
}

async function ledgerOf(intent: string): Promise<{ charged: number; refunded: number; entries: number }> {
  const entries = await simulator.db.selectFrom('ledger').selectAll().where('payment_intent', '=', intent).execute();
  const sum = (kind: string): number =>
    entries.filter((entry) => entry.kind === kind).reduce((total, { amount }) => total + amount, 0);
  return { charged: sum('charge'), refunded: sum('refund'), entries: entries.length };
}

/** How each call ended: its value, or the code of its error. */
async function endsOf(calls: readonly Promise<{ status: string | null }>[]): Promise<string[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) =>
    result.status === 'fulfilled'
      ? (result.value.status ?? '')
      : String((result.reason as Stripe.errors.StripeError).code),
  );
}

describe('an intent', () => {
  it('charges nothing until it is confirmed, and then once', async () => {
    const orderId = newId();
    const intent = await given('pm_ok', orderId);
    expect(intent).toMatchObject({
      object: 'payment_intent',
      status: 'requires_confirmation',
      amount: 1_999,
      amount_received: 0,
      currency: 'eur',
    });
    expect(await ledgerOf(intent.id)).toEqual({ charged: 0, refunded: 0, entries: 0 });

    const confirmed = await stripe.paymentIntents.confirm(intent.id);
    expect(confirmed).toMatchObject({ status: 'succeeded', amount_received: 1_999 });
    await expect(stripe.paymentIntents.confirm(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
      statusCode: 400,
    });

    const entries = await simulator.db.selectFrom('ledger').selectAll().where('order_id', '=', orderId).execute();
    expect(entries).toMatchObject([{ kind: 'charge', amount: 1_999, currency: 'eur', payment_intent: intent.id }]);
  });

  it.each([
    ['pm_declined', 'generic_decline'],
    ['pm_insufficient_funds', 'insufficient_funds'],
  ])('is declined with %s, and loses its payment method', async (paymentMethod, declineCode) => {
    const { id } = await given(paymentMethod);
    const confirm = stripe.paymentIntents.confirm(id);
    await expect(confirm).rejects.toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code: 'card_declined',
      decline_code: declineCode,
    });
    const found = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
    expect(found).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      latest_charge: { status: 'failed', paid: false },
    });
    await expect(stripe.paymentIntents.confirm(id)).rejects.toMatchObject({ code: 'payment_intent_unexpected_state' });
    expect((await ledgerOf(id)).entries).toBe(0);
  });

  it('fails twice with pm_flaky, then is charged once', async () => {
    const { id } = await given('pm_flaky');
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(stripe.paymentIntents.confirm(id)).rejects.toMatchObject({
        statusCode: 500,
        headers: { 'stripe-should-retry': 'false' },
      });
    }
    await expect(stripe.paymentIntents.confirm(id)).resolves.toMatchObject({ status: 'succeeded' });
    expect(await ledgerOf(id)).toEqual({ charged: 1_999, refunded: 0, entries: 1 });
  });

  it('is charged with pm_lost_reply although the reply comes too late', async () => {
    const { id } = await given('pm_lost_reply');
    await expect(stripe.paymentIntents.confirm(id, {}, { timeout: 200 })).rejects.toMatchObject({
      type: 'StripeConnectionError',
    });
    await expect(stripe.paymentIntents.retrieve(id)).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('is either confirmed or cancelled, however many try at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await given('pm_ok');
      const ends = await endsOf(
        [0, 1, 2, 3].flatMap(() => [stripe.paymentIntents.confirm(id), stripe.paymentIntents.cancel(id)]),
      );
      const winners = ends.filter((end) => end !== 'payment_intent_unexpected_state');
      expect(winners).toHaveLength(1);
      expect((await ledgerOf(id)).charged).toBe(winners[0] === 'succeeded' ? 1_999 : 0);
    }
  });
});

describe('a refund', () => {
  it('gives the money back once', async () => {
    const { id } = await givenCharged('pm_ok');
    await expect(stripe.refunds.create({ payment_intent: id })).resolves.toMatchObject({
      status: 'succeeded',
      amount: 1_999,
    });
    await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    });
    const found = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge.refunds'] });
    expect(found.latest_charge).toMatchObject({
      amount_refunded: 1_999,
      refunded: true,
      refunds: { data: [{ amount: 1_999 }] },
    });
    await expect(stripe.refunds.list({ payment_intent: id })).resolves.toMatchObject({ data: [{ amount: 1_999 }] });
  });

  it('never exceeds the charge, however many ask at once', async () => {
    const { id } = await givenCharged('pm_ok');
    await endsOf(Array.from({ length: 8 }, () => stripe.refunds.create({ payment_intent: id, amount: 700 })));
    expect(await ledgerOf(id)).toEqual({ charged: 1_999, refunded: 1_400, entries: 3 });
  });

  it('fails three times with pm_refund_flaky', async () => {
    const { id } = await givenCharged('pm_refund_flaky');
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({ statusCode: 500 });
    }
    await expect(stripe.refunds.create({ payment_intent: id })).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('fails with pm_refund_broken until the account is fixed, and again for later charges', async () => {
    const { id } = await givenCharged('pm_refund_broken');
    await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({ code: 'balance_insufficient' });
    await simulator.fixAccount();
    await expect(stripe.refunds.create({ payment_intent: id })).resolves.toMatchObject({ status: 'succeeded' });
    const later = await givenCharged('pm_refund_broken');
    await expect(stripe.refunds.create({ payment_intent: later.id })).rejects.toMatchObject({
      code: 'balance_insufficient',
    });
  });

  it('needs a charge', async () => {
    const { id } = await given('pm_ok');
    await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({ statusCode: 400 });
    await expect(stripe.refunds.create({ payment_intent: 'pi_none' })).rejects.toMatchObject({
      code: 'resource_missing',
    });
  });
});

describe('an idempotency key', () => {
  it('gives the first answer again, with one effect', async () => {
    const parameters = { amount: 500, currency: 'eur', payment_method: 'pm_ok' };
    const first = await stripe.paymentIntents.create(parameters, { idempotencyKey: 'same-1' });
    const second = await stripe.paymentIntents.create(parameters, { idempotencyKey: 'same-1' });
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  });

  it('gives a failure again too, so that a new attempt needs a new key', async () => {
    const { id } = await given('pm_flaky');
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await expect(stripe.paymentIntents.confirm(id, {}, { idempotencyKey: `flaky-${id}` })).rejects.toMatchObject({
        statusCode: 500,
      });
    }
    const { confirm_calls } = await simulator.db
      .selectFrom('payment_intents')
      .select('confirm_calls')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(confirm_calls).toBe(1);
  });

  it('is refused with other parameters', async () => {
    await stripe.paymentIntents.create({ amount: 500, currency: 'eur' }, { idempotencyKey: 'other-1' });
    const other = stripe.paymentIntents.create({ amount: 501, currency: 'eur' }, { idempotencyKey: 'other-1' });
    await expect(other).rejects.toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
  });

  it('is not used up by wrong parameters', async () => {
    await expect(
      stripe.paymentIntents.create({ amount: 0, currency: 'eur' }, { idempotencyKey: 'wrong-1' }),
    ).rejects.toMatchObject({ statusCode: 400 });
    await expect(
      stripe.paymentIntents.create({ amount: 1, currency: 'eur' }, { idempotencyKey: 'wrong-1' }),
    ).resolves.toMatchObject({ amount: 1 });
  });

  it('has one effect when many use it at once: the others get the answer, or are told to come back', async () => {
    const orderId = newId();
    const create = (): Promise<Stripe.PaymentIntent> =>
      stripe.paymentIntents.create(
        { amount: 500, currency: 'eur', payment_method: 'pm_ok', metadata: { order_id: orderId } },
        { idempotencyKey: `once-${orderId}` },
      );
    const ends = await endsOf(Array.from({ length: 20 }, create));
    expect(ends.filter((end) => end !== 'requires_confirmation' && end !== 'idempotency_key_in_use')).toEqual([]);
    const intents = await simulator.db
      .selectFrom('payment_intents')
      .select('id')
      .where('order_id', '=', orderId)
      .execute();
    expect(intents).toHaveLength(1);
  });
});

describe('a wrong request', () => {
  it('is refused without the secret key', async () => {
    await expect(sdk('sk_test_other').paymentIntents.retrieve('pi_1')).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
    });
  });

  it('names the wrong parameter', async () => {
    await expect(given('pm_nonsense')).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'payment_method',
    });
    const unknown = { amount: 1, currency: 'eur', colour: 'red' } as Stripe.PaymentIntentCreateParams;
    await expect(stripe.paymentIntents.create(unknown)).rejects.toMatchObject({
      code: 'parameter_unknown',
      param: 'colour',
    });
    await expect(stripe.paymentIntents.create({ amount: 1.5, currency: 'eur' })).rejects.toMatchObject({
      param: 'amount',
    });
    await expect(stripe.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });

  it.each([
    'metadata[a]=1&metadata=2',
    'amount=1&amount=2',
    '[x]=1',
    'a[b][c][d][e][f][g]=1',
    '__proto__[x]=1',
    'metadata[__proto__]=1',
  ])('never fails the server: %s', async (body) => {
    const headers = { authorization: `Bearer ${SIMULATOR_KEY}`, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${simulator.url}/v1/payment_intents`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});

describe('an injected fault', () => {
  it('before the execution leaves nothing done, after it everything', async () => {
    const { id } = await given('pm_ok');
    await simulator.arm({ operation: 'confirmIntent', moment: 'before', effect: { kind: 'error' } });
    await expect(stripe.paymentIntents.confirm(id)).rejects.toMatchObject({ statusCode: 500 });
    expect((await ledgerOf(id)).charged).toBe(0);
    await simulator.arm({ operation: 'confirmIntent', moment: 'after', effect: { kind: 'error' } });
    await expect(stripe.paymentIntents.confirm(id)).rejects.toMatchObject({ statusCode: 500 });
    expect((await ledgerOf(id)).charged).toBe(1_999);
  });
});

describe('webhooks', () => {
  it('are signed, sent until taken, and tell what happened', async () => {
    const secret = 'whsec_test';
    const { received, url, close } = await receiver();
    const sender = await startSimulator({ WAYBILL_PAYMENT_WEBHOOK_URL: url, WAYBILL_PAYMENT_WEBHOOK_SECRET: secret });
    const { hostname, port } = new URL(sender.url);
    const api = new Stripe(SIMULATOR_KEY, {
      host: hostname,
      port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
    });
    const intent = await api.paymentIntents.create({ amount: 700, currency: 'eur', payment_method: 'pm_ok' });
    await api.paymentIntents.confirm(intent.id);
    await api.refunds.create({ payment_intent: intent.id });

    await eventually(
      async () =>
        (await sender.db.selectFrom('webhook_events').select('id').where('delivered_at', 'is', null).execute())
          .length === 0,
    );
    const events = received.map(({ body, signature }) => api.webhooks.constructEvent(body, signature, secret));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['payment_intent.succeeded', 'charge.refunded']));
    // The receiver refuses each event once.
    expect(events).toHaveLength(4);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    await sender.stop();
    await close();
  });
});

/** Takes each event at the second attempt. */
async function receiver(): Promise<{
  received: { body: string; signature: string }[];
  url: string;
  close: () => Promise<void>;
}> {
  const { createServer } = await import('node:http');
  const received: { body: string; signature: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const seen = received.some((earlier) => earlier.body === body);
      received.push({ body, signature: String(request.headers['stripe-signature']) });
      response.writeHead(seen ? 202 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { received, url: `http://127.0.0.1:${port}/hook`, close };
}
