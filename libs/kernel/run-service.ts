import 'reflect-metadata';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, NestMicroservice } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CallContextInterceptor } from '#libs/grpc/call-context.interceptor.js';
import { GrpcErrorFilter } from '#libs/grpc/error.filter.js';
import { ServiceHealth } from '#libs/grpc/serve-health.js';
import { grpcTransport } from '#libs/grpc/server.js';
import { logger, nestLogger, startLogging } from '#libs/telemetry/logger.js';
import { collectProcessMetrics } from '#libs/telemetry/metrics.js';
import { ProbesController } from '#libs/telemetry/probes.controller.js';
import { reportReadiness, stopBeingReady, stops } from '#libs/telemetry/readiness.js';
import { startTracing, type StopTracing } from '#libs/telemetry/tracing/start-tracing.js';
import { loadConfig, maskConfig, refusePlaintext, tlsConfig, type ServiceConfig } from './config.js';
import { switchOnFailpoints } from './failpoints.js';

export interface ServiceOptions {
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly config: ServiceConfig;
  readonly grpc?: {
    /** host:port */
    readonly listen: string;
    /** By full name: `{ 'waybill.orders.v1.OrderService': OrderServiceService }`. */
    readonly services: Readonly<Record<string, ServiceDefinition>>;
  };
  /** Consumes queues; made when the application is, listening only once everything else is ready. */
  readonly amqp?: (app: NestFastifyApplication) => CustomTransportStrategy;
  /** For services that speak HTTP: their own adapter, and what must be set up before they listen. */
  readonly http?: {
    readonly adapter: FastifyAdapter;
    readonly prepare?: (app: NestFastifyApplication) => Promise<void> | void;
  };
}

/** Of the time that a stop may take: for HTTP requests that are being answered. */
const REQUESTS_SHARE = 0.6;

@Module({ controllers: [ProbesController] })
class ProbesModule {}

/**
 * Runs a service until it is told to stop: gRPC, queues and HTTP (probes at least), structured logs, metrics.
 * SIGTERM and SIGINT stop the intake, let what is in flight finish, close connections, exit 0.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { name, config } = options;
  const log = startLogging(name, config.WAYBILL_LOG_LEVEL);
  process.on('unhandledRejection', (error) => log.error({ error }, 'unhandled rejection'));
  try {
    const tls = loadConfig(name, tlsConfig);
    log.info({ config: maskConfig({ ...config, ...tls }) }, 'starting');
    if (options.grpc) refusePlaintext(name, tls);
    collectProcessMetrics(name);
    const stopTracing = await startTracing(name, config.OTEL_EXPORTER_OTLP_ENDPOINT);
    switchOnFailpoints(name, config.WAYBILL_FAILPOINTS_FOLDER);
    const app = await createService(options);
    stopOnSignal(app, config.WAYBILL_SHUTDOWN_MS, stopTracing);
    log.info('ready');
  } catch (error) {
    log.fatal({ error }, 'could not start');
    process.exit(1);
  }
}

/** The service, listening. */
export async function createService(options: ServiceOptions): Promise<NestFastifyApplication> {
  const root = { module: class ServiceModule {}, imports: [ProbesModule, options.module] };
  const adapter = options.http?.adapter ?? new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLogger(logger()),
    abortOnError: false,
  });
  await options.http?.prepare?.(app);
  if (options.grpc) connectGrpc(app, options.grpc);
  if (options.amqp) connect(app, { strategy: options.amqp(app) });
  await app.init();
  await app.startAllMicroservices();
  await app.listen(listenOptions(options.config.WAYBILL_PROBE_LISTEN));
  return app;
}

function connectGrpc(app: NestFastifyApplication, { listen, services }: NonNullable<ServiceOptions['grpc']>): void {
  const health = new ServiceHealth(Object.keys(services), async () => (await reportReadiness()).ready, stops);
  const microservice = connect(app, grpcTransport(listen, services, health));
  microservice.useGlobalInterceptors(new CallContextInterceptor());
  microservice.useGlobalFilters(new GrpcErrorFilter());
}

/**
 * Handlers are bound when listening starts, after interceptors and filters are known. Nest would then also call the
 * modules' hooks anew for each transport, so it is told that they have been called: `app.init()` does that, once.
 */
function connect(
  app: NestFastifyApplication,
  options: Parameters<NestFastifyApplication['connectMicroservice']>[0],
): NestMicroservice {
  const microservice = app.connectMicroservice(options, { deferInitialization: true }) as NestMicroservice;
  microservice.setIsInitHookCalled(true);
  return microservice;
}

function listenOptions(listen: string): { host: string; port: number } {
  const separator = listen.lastIndexOf(':');
  return { host: listen.slice(0, separator), port: Number(listen.slice(separator + 1)) };
}

function stopOnSignal(app: NestFastifyApplication, graceMs: number, stopTracing: StopTracing): void {
  const stop = (): void => {
    stopBeingReady();
    setTimeout(() => process.exit(1), graceMs).unref();
    // A connection on which nothing was ever asked would be waited for, for ever.
    setTimeout(() => app.getHttpServer().closeAllConnections(), graceMs * REQUESTS_SHARE).unref();
    void app
      .close()
      .then(
        () => 0,
        () => 1,
      )
      .then(async (code) => {
        await stopTracing();
        process.exit(code);
      });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
