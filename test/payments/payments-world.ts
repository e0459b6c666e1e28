import type { AnyEnvelope } from '#libs/messaging/envelope.js';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import { openDatabase } from '#libs/persistence/database.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { sql } from 'kysely';
import {
  SIMULATOR_KEY,
  startSimulator,
  type RunningSimulator,
} from '../../apps/payment-simulator/testing/start-simulator.js';
import { ChargeOrder } from '../../apps/payments/charge-order/charge-order.js';
import { Charges, type ChargeOrderRequest } from '../../apps/payments/charges.js';
import { migrations } from '../../apps/payments/migrations/index.js';
import type { PaymentProvider } from '../../apps/payments/provider/payment-provider.js';
import { StripeProvider } from '../../apps/payments/provider/stripe-provider.js';
import type { Charge, PaymentsSchema } from '../../apps/payments/schema.js';
import { SettleCharge } from '../../apps/payments/settle-charge/settle-charge.js';

/** One process of payments: connections and memory of its own. */
export interface PaymentsProcess {
  readonly charge: (request: ChargeOrderRequest) => Promise<Charge>;
  readonly settle: (orderId: OrderId) => Promise<Charge>;
  readonly stop: () => Promise<void>;
}

/** What the provider's ledger says of an order. */
export interface Money {
  readonly charges: number;
  readonly charged: number;
  readonly refunded: number;
}

export interface PaymentsWorld {
  readonly simulator: RunningSimulator;
  readonly database: TestDatabase<PaymentsSchema>;
  readonly one: PaymentsProcess;
  readonly two: PaymentsProcess;
  /** Gives up on the provider sooner than a held reply comes. */
  readonly impatient: PaymentsProcess;
  /** Another process, whose calls to the provider pass through `around`. */
  readonly process: (around: (provider: PaymentProvider) => PaymentProvider) => PaymentsProcess;
  readonly chargeOf: (orderId: OrderId) => Promise<Charge | undefined>;
  readonly ledgerOf: (orderId: OrderId) => Promise<Money>;
  readonly eventsOf: (orderId: OrderId) => Promise<readonly AnyEnvelope[]>;
  readonly stop: () => Promise<void>;
}

const PATIENCE_MS = 8_000;
export const IMPATIENCE_MS = 800;
export const HELD_MS = 1_400;

/** Payments in two processes, the official SDK, the provider's simulator over HTTP: all real but the broker. */
export async function paymentsWorld(): Promise<PaymentsWorld> {
  const [simulator, database] = await Promise.all([
    startSimulator({ WAYBILL_HELD_REPLY_MS: String(HELD_MS) }),
    testDatabase<PaymentsSchema>(migrations, { pool: 2 }),
  ]);
  const processes: PaymentsProcess[] = [];
  const process = (
    around: (provider: PaymentProvider) => PaymentProvider,
    timeoutMs = PATIENCE_MS,
  ): PaymentsProcess => {
    const provider = around(new StripeProvider({ apiKey: SIMULATOR_KEY, url: simulator.url, timeoutMs }));
    const started = paymentsProcess(database.url, provider);
    processes.push(started);
    return started;
  };
  const itself = (provider: PaymentProvider): PaymentProvider => provider;
  return {
    simulator,
    database,
    process,
    one: process(itself),
    two: process(itself),
    impatient: process(itself, IMPATIENCE_MS),
    chargeOf: (orderId) =>
      database.db.selectFrom('charges').selectAll().where('order_id', '=', orderId).executeTakeFirst(),
    ledgerOf: async (orderId) => {
      const entries = await simulator.db
        .selectFrom('ledger')
        .select(['kind', 'amount'])
        .where('order_id', '=', orderId)
        .execute();
      const of = (kind: string): number[] => entries.filter((entry) => entry.kind === kind).map(({ amount }) => amount);
      return { charges: of('charge').length, charged: sum(of('charge')), refunded: sum(of('refund')) };
    },
    eventsOf: async (orderId) => {
      const { rows } = await sql<{
        envelope: string;
      }>`select envelope from outbox where subject = ${orderId} order by seq`.execute(database.db);
      return rows.map(({ envelope }) => JSON.parse(envelope) as AnyEnvelope);
    },
    stop: async () => {
      await Promise.all(processes.map((each) => each.stop()));
      await simulator.stop();
      await database.drop();
    },
  };
}

function paymentsProcess(url: string, provider: PaymentProvider): PaymentsProcess {
  const db = openDatabase<PaymentsSchema>({ url, pool: 4, name: 'payments-test' });
  const charges = new Charges(db, { wake: () => undefined });
  const chargeOrder = new ChargeOrder(charges, provider);
  const settleCharge = new SettleCharge(charges, provider);
  return {
    charge: (request) => chargeOrder.execute(request),
    settle: (orderId) => settleCharge.execute(orderId),
    stop: () => db.destroy(),
  };
}

export function requestOf(paymentMethod: string, change: Partial<ChargeOrderRequest> = {}): ChargeOrderRequest {
  return {
    orderId: newId<OrderId>(),
    customerId: 'cus-ada',
    amount: { amount: 4_200, currency: 'EUR' },
    paymentMethod,
    ...change,
  };
}

/** How a call ended: the state of the charge, or the code of the error. */
export function endOf(call: Promise<Charge>): Promise<string> {
  return call.then(
    ({ state }) => state,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
