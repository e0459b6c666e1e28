import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createService } from '#libs/kernel/run-service.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { paymentSimulatorConfig } from '../config.js';
import type { Fault } from '../inject-faults/faults.js';
import { migrations } from '../migrations/index.js';
import { PaymentSimulatorModule } from '../payment-simulator.module.js';
import type { PaymentSimulatorSchema } from '../schema.js';

export const SIMULATOR_KEY = 'sk_test_simulator';

export interface RunningSimulator {
  readonly url: string;
  /** The provider's own database: its ledger is what money is checked against. */
  readonly db: TestDatabase<PaymentSimulatorSchema>['db'];
  readonly arm: (fault: Omit<Fault, 'times'> & { readonly times?: number }) => Promise<void>;
  readonly disarm: () => Promise<void>;
  readonly fixAccount: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The simulator over real HTTP on a free port, with a database of its own. */
export async function startSimulator(environment: Readonly<Record<string, string>> = {}): Promise<RunningSimulator> {
  const database = await testDatabase<PaymentSimulatorSchema>(migrations, { pool: 2 });
  const config = paymentSimulatorConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: database.url,
    STRIPE_API_KEY: SIMULATOR_KEY,
    WAYBILL_HELD_REPLY_MS: '1000',
    ...environment,
  });
  // A client's connection that never carried a request would keep a closing server waiting for it.
  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  const app = await createService({
    name: 'payment-simulator',
    module: PaymentSimulatorModule.forConfig(config),
    config,
    http: { adapter },
  });
  const url = await app.getUrl();
  const control = async (method: string, path: string, body?: unknown): Promise<void> => {
    const json =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${url}/simulator/${path}`, { method, ...json });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  };
  return {
    url,
    db: database.db,
    arm: (fault) => control('POST', 'faults', fault),
    disarm: () => control('DELETE', 'faults'),
    fixAccount: () => control('POST', 'accounts/fix'),
    stop: async () => {
      await app.close();
      await database.drop();
    },
  };
}
