import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import {
  CustomerServiceService,
  type Contact,
  type GetContactRequest,
} from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { metrics } from '#libs/telemetry/metrics.js';
import { freePort } from '#libs/testing/free-port.js';
import { callContext, remainingMs } from './call-context.js';
import { CallContextInterceptor } from './call-context.interceptor.js';
import { grpcClient, type GrpcClient } from './client.js';
import { GrpcErrorFilter } from './error.filter.js';
import { grpcTransport } from './server.js';

const seen: { authorization?: string; remaining?: number; calls: number } = { calls: 0 };

@Controller()
class ContactController {
  @GrpcMethod('CustomerService', 'getContact')
  async getContact({ customerId }: GetContactRequest): Promise<Contact> {
    seen.calls += 1;
    seen.remaining = remainingMs(60_000);
    const { authorization } = callContext();
    if (authorization !== undefined) seen.authorization = authorization;
    switch (customerId) {
      case 'refused':
        throw new WaybillError('OUT_OF_STOCK', 'Two are left', { sku: 'MUG' });
      case 'broken':
        throw new TypeError('secret detail');
      case 'flaky':
        if (seen.calls < 3) throw new WaybillError('UNAVAILABLE', 'not now');
        break;
      case 'away':
        throw new WaybillError('UNAVAILABLE', 'not now, nor later');
      case 'slow':
        await new Promise((resolve) => callContext().signal?.addEventListener('abort', resolve));
    }
    return { customerId, name: 'Ada', email: 'ada@example.com', wantsOrderMail: true };
  }
}

@Module({ controllers: [ContactController] })
class ContactModule {}

async function retries(): Promise<number> {
  const text = await metrics.metrics();
  return Number(/waybill_grpc_client_retries_total\{[^}]*GetContact[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
}

describe('a gRPC call between two services', () => {
  let app: INestApplication;
  let customers: GrpcClient<typeof CustomerServiceService>;
  let address: string;

  beforeAll(async () => {
    address = `127.0.0.1:${await freePort()}`;
    app = await NestFactory.create(ContactModule, new FastifyAdapter(), { logger: false });
    const services = { 'waybill.customers.v1.CustomerService': CustomerServiceService };
    const microservice = app.connectMicroservice(
      grpcTransport(address, services, new HealthImplementation({ '': 'SERVING' })),
      { deferInitialization: true },
    );
    microservice.useGlobalInterceptors(new CallContextInterceptor());
    microservice.useGlobalFilters(new GrpcErrorFilter());
    await app.startAllMicroservices();
    customers = grpcClient(CustomerServiceService, address, { retried: ['getContact'] });
  });

  afterAll(async () => {
    customers.close();
    await app.close();
  });

  it('carries the answer, the caller and the deadline', async () => {
    const contact = await customers.getContact(
      { customerId: 'cus-ada' },
      { deadlineMs: 10_000, metadata: { authorization: 'Bearer t' } },
    );
    expect(contact.email).toBe('ada@example.com');
    expect(seen.authorization).toBe('Bearer t');
    expect(seen.remaining).toBeGreaterThan(5_000);
    expect(seen.remaining).toBeLessThanOrEqual(10_000);
  });

  it('gives a refusal back with its own code and details', async () => {
    const call = customers.getContact({ customerId: 'refused' }, { deadlineMs: 10_000 });
    await expect(call).rejects.toMatchObject({
      code: 'OUT_OF_STOCK',
      message: 'Two are left',
      details: { sku: 'MUG' },
    });
  });

  it('tells nobody the inside of a bug', async () => {
    const call = customers.getContact({ customerId: 'broken' }, { deadlineMs: 10_000 });
    await expect(call).rejects.toMatchObject({ code: 'INTERNAL', message: expect.not.stringContaining('secret') });
  });

  it('retries what is unavailable', async () => {
    seen.calls = 0;
    await expect(customers.getContact({ customerId: 'flaky' }, { deadlineMs: 5_000 })).resolves.toMatchObject({
      name: 'Ada',
    });
    expect(seen.calls).toBe(3);
  });

  it('tells how often it was made again, whether it is answered in the end or not', async () => {
    // The last of them is the budget's to refuse: it is nearly spent by then.
    for (const customerId of ['flaky', 'cus-ada', 'away']) {
      const before = await retries();
      seen.calls = 0;
      await customers.getContact({ customerId }, { deadlineMs: 5_000 }).catch(() => undefined);
      expect([customerId, (await retries()) - before]).toEqual([customerId, seen.calls - 1]);
      if (customerId !== 'cus-ada') expect(seen.calls).toBeGreaterThan(1);
    }
  });

  it('ends at the deadline, and the callee learns of it', async () => {
    await expect(customers.getContact({ customerId: 'slow' }, { deadlineMs: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it('answers health checks', async () => {
    const health = grpcClient(healthService, address);
    await expect(health['Check']?.({ service: '' }, { deadlineMs: 10_000 })).resolves.toMatchObject({
      status: 'SERVING',
    });
    health.close();
  });
});
