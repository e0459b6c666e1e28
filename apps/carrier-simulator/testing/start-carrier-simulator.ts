import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { sql } from 'kysely';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { carrierSimulatorConfig, type CarrierSimulatorConfig } from '../carrier-simulator.config.js';
import { CarrierSimulatorModule } from '../carrier-simulator.module.js';
import { MoveParcels } from '../move-parcels/move-parcels.js';
import { migrations } from '../migrations/index.js';
import type { CarrierSimulatorSchema } from '../schema.js';

export type SimulatorDatabase = TestDatabase<CarrierSimulatorSchema>;

export const API_KEY = 'EZTK-simulator-key';
export const WEBHOOK_SECRET = 'carrier-webhook-secret';

export interface RunningSimulator {
  readonly url: string;
  /** Makes the parcel's next move, hand-over or arrival, happen now. */
  readonly moveNow: (shipmentId: string) => Promise<void>;
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
  const moveNow = async (shipmentId: string): Promise<void> => {
    const due = { next_move_at: sql<Date>`now()` };
    await database.db
      .updateTable('shipments')
      .set(due)
      .where('id', '=', shipmentId)
      .where('next_move_at', 'is not', null)
      .execute();
    app.get(MoveParcels).wake();
  };
  return { url: await app.getUrl(), moveNow, stop: () => app.close() };
}
