import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { carrierSimulatorConfig, type CarrierSimulatorConfig } from '../carrier-simulator.config.js';
import { CarrierSimulatorModule } from '../carrier-simulator.module.js';
import { migrations } from '../migrations/index.js';
import type { CarrierSimulatorSchema } from '../schema.js';

export type SimulatorDatabase = TestDatabase<CarrierSimulatorSchema>;

export const API_KEY = 'EZTK-simulator-key';
export const WEBHOOK_SECRET = 'carrier-webhook-secret';

export interface RunningSimulator {
  /** The base URL that the official SDK takes. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export function simulatorDatabase(): Promise<SimulatorDatabase> {
  return testDatabase<CarrierSimulatorSchema>(migrations);
}

/** A carrier simulator in this process, listening on a free port, on a database that may outlive it. */
export async function startCarrierSimulator(
  database: SimulatorDatabase,
  settings: Partial<CarrierSimulatorConfig> = {},
): Promise<RunningSimulator> {
  const environment = {
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_CARRIER_API_KEY: API_KEY,
    WAYBILL_CARRIER_WEBHOOK_SECRET: WEBHOOK_SECRET,
  };
  const config = { ...carrierSimulatorConfig.parse(environment), ...settings };
  const module = CarrierSimulatorModule.with(config);
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return { url: `${await app.getUrl()}/v2/`, stop: () => app.close() };
}
