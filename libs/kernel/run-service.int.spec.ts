import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { freePort } from '#libs/testing/free-port.js';
import { createService } from './run-service.js';

const calls: string[] = [];

@Injectable()
class Worker implements OnModuleInit, OnApplicationBootstrap {
  onModuleInit(): void {
    calls.push('init');
  }

  onApplicationBootstrap(): void {
    calls.push('bootstrap');
  }
}

@Module({ providers: [Worker] })
class WorkerModule {}

class Listening extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    calls.push('listen');
    callback();
  }

  close(): void {
    calls.push('close');
  }

  on(): void {}

  unwrap<Nothing>(): Nothing {
    return undefined as Nothing;
  }
}

describe('a service with several transports', () => {
  let app: NestFastifyApplication;
  afterEach(() => app.close());

  it('starts its background work once, before it listens, and answers probes', async () => {
    const probes = `127.0.0.1:${await freePort()}`;
    app = await createService({
      name: 'worker',
      module: WorkerModule,
      config: {
        WAYBILL_PROBE_LISTEN: probes,
        WAYBILL_LOG_LEVEL: 'info',
        OTEL_TRACES_SAMPLER: 'always_off',
        OTEL_TRACES_SAMPLER_ARG: 1,
        WAYBILL_SHUTDOWN_MS: 1_000,
      },
      grpc: {
        listen: `127.0.0.1:${await freePort()}`,
        services: { 'waybill.customers.v1.CustomerService': CustomerServiceService },
      },
      amqp: () => new Listening(),
    });
    expect(calls).toEqual(['init', 'bootstrap', 'listen']);
    const statuses = await Promise.all(
      ['healthz', 'readyz', 'metrics', 'nothing-here'].map(
        async (path) => (await fetch(`http://${probes}/${path}`)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 404]);
  });
});
