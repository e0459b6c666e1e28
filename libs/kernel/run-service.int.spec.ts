import { afterEach, describe, expect, it } from '@jest/globals';
import type { MethodDefinition } from '@grpc/grpc-js';
import { Injectable, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { service as HealthService } from 'grpc-health-check';
import { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { grpcClient } from '#libs/grpc/client.js';
import { stopBeingReady } from '#libs/telemetry/readiness.js';
import { eventually } from '#libs/testing/eventually.js';
import { freePort } from '#libs/testing/free-port.js';
import { createService } from './run-service.js';

const watch = HealthService['Watch'] as unknown as MethodDefinition<{ service: string }, { status: string }> & {
  responseStream: true;
};
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

  async function start(probes: string, listen: string): Promise<NestFastifyApplication> {
    calls.length = 0;
    return createService({
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
        listen,
        services: { 'waybill.customers.v1.CustomerService': CustomerServiceService },
      },
      amqp: () => new Listening(),
    });
  }

  it('starts its background work once, before it listens, and answers probes', async () => {
    const probes = `127.0.0.1:${await freePort()}`;
    app = await start(probes, `127.0.0.1:${await freePort()}`);
    expect(calls).toEqual(['init', 'bootstrap', 'listen']);
    const statuses = await Promise.all(
      ['healthz', 'readyz', 'metrics', 'nothing-here'].map(
        async (path) => (await fetch(`http://${probes}/${path}`)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 404]);
  });

  it('stops though somebody watches its health', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    app = await start(`127.0.0.1:${await freePort()}`, address);
    const health = grpcClient({ watch }, address);
    const seen: string[] = [];
    health.watch({ service: '' }, {}).on('data', ({ status }: { status: string }) => seen.push(status));
    await eventually(() => seen.length === 1);
    const began = Date.now();
    stopBeingReady();
    await app.close();
    expect(Date.now() - began).toBeLessThan(2_000);
    await eventually(() => expect(seen).toEqual(['SERVING', 'NOT_SERVING']));
    health.close();
  });
});
