import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ChargeState, PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { newId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { freePort } from '#libs/testing/free-port.js';
import { paymentsConfig } from '../../apps/payments/config.js';
import { paymentsService } from '../../apps/payments/payments.module.js';
import { SIMULATOR_KEY } from '../../apps/payment-simulator/testing/start-simulator.js';
import { HELD_MS, paymentsWorld, type PaymentsWorld } from './payments-world.js';

const DEADLINE = { deadlineMs: 9_000 };

let world: PaymentsWorld;
let app: NestFastifyApplication;
let payments: GrpcClient<typeof PaymentServiceService>;

beforeAll(async () => {
  world = await paymentsWorld();
  const listen = `127.0.0.1:${await freePort()}`;
  const config = paymentsConfig.parse({
    WAYBILL_GRPC_LISTEN: listen,
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: world.database.url,
    // Nobody listens there: payments serve all the same, and events wait in the outbox.
    WAYBILL_AMQP_URL: `amqp://127.0.0.1:${await freePort()}`,
    STRIPE_API_KEY: SIMULATOR_KEY,
    WAYBILL_PAYMENT_PROVIDER_URL: world.simulator.url,
    WAYBILL_PAYMENT_WEBHOOK_SECRET: 'whsec_of_the_payment_provider',
  });
  app = await createService(paymentsService(config));
  payments = grpcClient(PaymentServiceService, listen);
});

afterAll(async () => {
  payments.close();
  await app.close();
  await world.stop();
});

function request(paymentMethod: string, orderId: string = newId()) {
  return { orderId, customerId: 'cus-ada', amount: { amount: 4_200, currency: 'EUR' }, paymentMethod };
}

describe('PaymentService', () => {
  it('charges, tells, and settles', async () => {
    const asked = request('pm_ok');
    const { orderId } = asked;
    await expect(payments.getCharge({ orderId }, DEADLINE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const captured = { amount: 4_200, currency: 'EUR' };
    const charge = await payments.charge(asked, DEADLINE);
    expect(charge).toMatchObject({
      orderId,
      state: ChargeState.CAPTURED,
      captured,
      refunded: { amount: 0, currency: 'EUR' },
      reason: '',
    });
    expect(charge.providerReference).toMatch(/^pi_/);
    await expect(payments.getCharge({ orderId }, DEADLINE)).resolves.toEqual(charge);
    await expect(payments.settle({ orderId }, DEADLINE)).resolves.toMatchObject({
      state: ChargeState.REFUNDED,
      captured,
      refunded: captured,
    });
    await expect(payments.charge(asked, DEADLINE)).rejects.toMatchObject({ code: 'SETTLED', technical: false });
  });

  it('settles what was never charged', async () => {
    const settled = await payments.settle({ orderId: newId() }, DEADLINE);
    expect(settled).toMatchObject({
      state: ChargeState.VOIDED,
      captured: undefined,
      refunded: undefined,
      providerReference: '',
    });
  });

  it.each([
    ['pm_declined', 'PAYMENT_DECLINED'],
    ['pm_insufficient_funds', 'INSUFFICIENT_FUNDS'],
  ])('refuses %s with its code', async (paymentMethod, code) => {
    const asked = request(paymentMethod);
    await expect(payments.charge(asked, DEADLINE)).rejects.toMatchObject({ code, technical: false });
    await expect(payments.getCharge({ orderId: asked.orderId }, DEADLINE)).resolves.toMatchObject({
      state: ChargeState.DECLINED,
      reason: code,
    });
  });

  it('is unavailable while the provider is', async () => {
    await world.simulator.arm({ operation: 'createIntent', moment: 'before', effect: { kind: 'error' } });
    await expect(payments.charge(request('pm_ok'), DEADLINE)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      technical: true,
    });
  });

  it('answers before the deadline when the provider does not', async () => {
    await world.simulator.arm({ operation: 'createIntent', moment: 'after', effect: { kind: 'delay', ms: HELD_MS } });
    const started = Date.now();
    const call = payments.charge(request('pm_ok'), { deadlineMs: 1_200 });
    await expect(call).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('did not answer in time'),
    });
    expect(Date.now() - started).toBeLessThan(1_200);
  });

  it.each([
    ['an order id that is none', { orderId: 'order-1' }],
    ['nothing to charge', { amount: { amount: 0, currency: 'EUR' } }],
    ['no amount', { amount: undefined }],
    ['no currency', { amount: { amount: 1, currency: 'eur' } }],
    ['no payment method', { paymentMethod: '' }],
    ['no customer', { customerId: '' }],
  ])('takes %s as an invalid request', async (_, change) => {
    await expect(payments.charge({ ...request('pm_ok'), ...change }, DEADLINE)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });
});
