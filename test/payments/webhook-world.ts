import { sql } from 'kysely';
import Stripe from 'stripe';
import { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { createService } from '#libs/kernel/run-service.js';
import type { AnyEnvelope } from '#libs/messaging/envelope.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { freePort } from '#libs/testing/free-port.js';
import { testDatabase } from '#libs/testing/test-database.js';
import { runGateway } from '../../apps/gateway/testing/running-gateway.js';
import {
  SIMULATOR_KEY,
  startSimulator,
  type RunningSimulator,
} from '../../apps/payment-simulator/testing/start-simulator.js';
import { paymentsConfig } from '../../apps/payments/config.js';
import { migrations } from '../../apps/payments/migrations/index.js';
import { paymentsService } from '../../apps/payments/payments.module.js';
import type { Charge, EventOutcome, PaymentsSchema } from '../../apps/payments/schema.js';
import { HELD_MS, IMPATIENCE_MS } from './payments-world.js';

export const WEBHOOK_SECRET = 'whsec_of_the_payment_provider';
export const NEXT_SECRET = 'whsec_that_comes_next';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface WebhookWorld {
  readonly simulator: RunningSimulator;
  /** Gives up on the provider sooner than a held reply comes. */
  readonly payments: GrpcClient<typeof PaymentServiceService>;
  /** Posts to the gateway, as the provider does. */
  readonly post: (body: string, signature: string | undefined) => Promise<Answer>;
  readonly chargeOf: (orderId: string) => Promise<Charge>;
  readonly eventsOf: (orderId: string) => Promise<readonly string[]>;
  readonly outcomeOf: (eventId: string) => Promise<EventOutcome | undefined>;
  /** What the provider's own webhooks about this order came to, in the order in which they came. */
  readonly received: (orderId: string) => Promise<readonly [string, EventOutcome][]>;
  /** All that is stored, to see that nothing has changed. */
  readonly everything: () => Promise<string>;
  /** Days pass for this event, then what is old is forgotten. */
  readonly forgetAfter: (days: number, eventId: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function signed(body: string, secret = WEBHOOK_SECRET, ageMs = 0): string {
  const timestamp = Math.floor((Date.now() - ageMs) / 1_000);
  return Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
}

/** The gateway, payments and the provider's simulator with its own webhooks, over HTTP and gRPC: all real but the broker. */
export async function webhookWorld(): Promise<WebhookWorld> {
  const listen = `127.0.0.1:${await freePort()}`;
  const gateway = await runGateway({ WAYBILL_PAYMENTS_ADDRESS: listen });
  const route = `${gateway.url}/v1/webhooks/payments`;
  const [simulator, database] = await Promise.all([
    startSimulator({
      WAYBILL_HELD_REPLY_MS: String(HELD_MS),
      WAYBILL_PAYMENT_WEBHOOK_URL: route,
      WAYBILL_PAYMENT_WEBHOOK_SECRET: WEBHOOK_SECRET,
    }),
    testDatabase<PaymentsSchema>(migrations, { pool: 2 }),
  ]);
  const config = paymentsConfig.parse({
    WAYBILL_GRPC_LISTEN: listen,
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: database.url,
    // Nobody listens there: events wait in the outbox, where they are looked at.
    WAYBILL_AMQP_URL: `amqp://127.0.0.1:${await freePort()}`,
    STRIPE_API_KEY: SIMULATOR_KEY,
    WAYBILL_PAYMENT_PROVIDER_URL: simulator.url,
    WAYBILL_POLICIES: JSON.stringify(
      Object.fromEntries(
        ['createIntent', 'findIntent', 'confirmIntent', 'cancelIntent', 'refund'].map((method) => [
          `payments.payment-provider.${method}`,
          { timeoutMs: IMPATIENCE_MS, breaker: null },
        ]),
      ),
    ),
    WAYBILL_PAYMENT_WEBHOOK_SECRET: `${NEXT_SECRET},${WEBHOOK_SECRET}`,
  });
  const app = await createService(paymentsService(config));
  const payments = grpcClient(PaymentServiceService, listen);
  const { db } = database;
  return {
    simulator,
    payments,
    post: async (body, signature) => {
      const headers = {
        'content-type': 'application/json',
        ...(signature !== undefined && { 'stripe-signature': signature }),
      };
      const response = await fetch(route, { method: 'POST', headers, body });
      return { status: response.status, body: await response.json() };
    },
    chargeOf: (orderId) =>
      db.selectFrom('charges').selectAll().where('order_id', '=', orderId).executeTakeFirstOrThrow(),
    eventsOf: async (orderId) => {
      const { rows } = await sql<{
        envelope: string;
      }>`select envelope from outbox where subject = ${orderId} order by seq`.execute(db);
      return rows.map(({ envelope }) => (JSON.parse(envelope) as AnyEnvelope).type);
    },
    outcomeOf: async (id) => {
      const row = await db.selectFrom('payment_events').select('outcome').where('id', '=', id).executeTakeFirst();
      return row?.outcome;
    },
    received: async (orderId) => {
      const rows = await db
        .selectFrom('payment_events')
        .select(['type', 'outcome'])
        .where('order_id', '=', orderId)
        .orderBy('received_at')
        .execute();
      return rows.map(({ type, outcome }) => [type, outcome]);
    },
    everything: async () => {
      const { rows } = await sql`
        select (select json_agg(c order by order_id) from charges c) as charges,
          (select json_agg(e order by id) from payment_events e) as events,
          (select count(*) from outbox) as told`.execute(db);
      return JSON.stringify(rows);
    },
    forgetAfter: async (days, id) => {
      await sql`update payment_events set received_at = now() - ${days} * interval '1 day' where id = ${id}`.execute(
        db,
      );
      await app.get(ForgetOldRowsModule, { strict: false }).execute();
    },
    stop: async () => {
      payments.close();
      await Promise.all([gateway.stop(), simulator.stop()]);
      await app.close();
      await database.drop();
    },
  };
}
