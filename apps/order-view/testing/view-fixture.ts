import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sql } from 'kysely';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { OrderViewServiceService } from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { partitionOf, streamOf } from '#libs/contracts/topology.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { derivedId, newId, type EventId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { declareTopology } from '#libs/messaging/declare-topology.js';
import { newEnvelope, serialiseEnvelope } from '#libs/messaging/envelope.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import type { Scope } from '#libs/security/tokens.js';
import { freePort } from '#libs/testing/free-port.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { orderViewConfig } from '../order-view.config.js';
import { OrderViewModule } from '../order-view.module.js';
import { PROJECTION_NAMES, type LoggedEvent } from '../projections/projection.js';
import type { OrderViewSchema } from '../schema.js';
import { ScriptedLog } from './scripted-log.js';

export interface Replica {
  readonly app: NestFastifyApplication;
  readonly view: GrpcClient<typeof OrderViewServiceService>;
  readonly stop: () => Promise<void>;
}

/** The service as it runs, beside a log that the test writes; the streams are the real broker's. */
export class ViewFixture {
  readonly replicas: Replica[] = [];
  readonly log = new ScriptedLog();

  private constructor(
    readonly database: TestDatabase<OrderViewSchema>,
    readonly broker: TestBroker,
    private readonly issuer: DevIssuer,
    private readonly folder: string,
    private readonly model: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {}

  static async open(): Promise<ViewFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-order-view-'));
    const [database, broker, issuer] = await Promise.all([
      testDatabase<OrderViewSchema>({}),
      testBroker(),
      openDevIssuer(folder),
    ]);
    const model = await connect(broker.url, { noDelay: true });
    await declareTopology(model);
    const fixture = new ViewFixture(database, broker, issuer, folder, model, await model.createConfirmChannel());
    await fixture.log.start();
    return fixture;
  }

  async start(settings: Record<string, string> = {}): Promise<Replica> {
    const listen = `127.0.0.1:${await freePort()}`;
    const config = orderViewConfig.parse({
      WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
      WAYBILL_GRPC_LISTEN: listen,
      WAYBILL_DATABASE_URL: this.database.url,
      WAYBILL_AMQP_URL: this.broker.url,
      WAYBILL_ORDERS_ADDRESS: this.log.address,
      WAYBILL_JWKS_URL: this.issuer.jwksUrl,
      WAYBILL_TOKEN_ISSUER: this.issuer.issuer,
      WAYBILL_PROJECTION_LINGER_MS: '10',
      ...settings,
    });
    const services = { 'waybill.orderview.v1.OrderViewService': OrderViewServiceService };
    const app = await createService({
      name: 'order-view',
      config,
      module: OrderViewModule.with(config),
      grpc: { listen, services },
    });
    const view = grpcClient(OrderViewServiceService, listen);
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      view.close();
      stopped ??= app.close();
      return stopped;
    };
    const replica = { app, view, stop };
    this.replicas.push(replica);
    return replica;
  }

  async as(
    subject: string,
    scopes: readonly Scope[] = ['orders:read'],
    key = newId<string>(),
  ): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await this.issuer.issueToken({ subject, scopes })}`, 'idempotency-key': key };
  }

  /** Waits until every projection serves. */
  async serving(): Promise<void> {
    await eventually(async () => {
      const { rows } = await sql`select from projection_generations where state = 'live'`.execute(this.database.db);
      return rows.length === PROJECTION_NAMES.length;
    });
  }

  /** The events are recorded by orders, and reach the streams. */
  async happen(...events: readonly LoggedEvent[]): Promise<void> {
    this.log.append(...events);
    await this.publish(...events);
  }

  /** The events reach the streams. */
  async publish(...events: readonly LoggedEvent[]): Promise<void> {
    for (const event of events) this.send(partitionOf(event.orderId), bodyOf(event));
    await this.channel.waitForConfirms();
  }

  async put(partition: number, ...bodies: readonly string[]): Promise<void> {
    for (const body of bodies) this.send(partition, body);
    await this.channel.waitForConfirms();
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ stop }) => stop()));
    this.log.stop();
    await this.model.close();
    await Promise.all([this.database.drop(), this.broker.drop()]);
    await rm(this.folder, { recursive: true });
  }

  private send(partition: number, body: string): void {
    this.channel.sendToQueue(streamOf(partition), Buffer.from(body), { persistent: true });
  }
}

export function bodyOf({ orderId, version, event, occurredAt }: LoggedEvent): string {
  return serialiseEnvelope(
    newEnvelope({
      id: derivedId<EventId>('orders', orderId, String(version)),
      producer: 'orders',
      subject: orderId,
      sequence: version,
      occurredAt,
      ...event,
    }),
  );
}
