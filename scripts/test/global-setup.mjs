/**
 * For a single `npm run jest -- path`: takes the engines of the system that runs in this checkout. `npm test` sets the
 * same variables itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { locate } from '../engines/test-server.mjs';

const root = join(import.meta.dirname, '..', '..');

export default async function globalSetup() {
  process.env.WAYBILL_TEST_SERVER ??= (await locate().catch(() => undefined))?.binary ?? '';
  const file = process.env.WAYBILL_RUN_FILE ?? join(root, '.waybill', 'run.json');
  if (process.env.WAYBILL_TEST_POSTGRES_URL !== undefined || !existsSync(file)) return;
  const run = JSON.parse(readFileSync(file, 'utf8'));
  process.env.WAYBILL_RUN_FILE = file;
  process.env.WAYBILL_TEST_POSTGRES_URL = run.postgres.url;
  process.env.WAYBILL_TEST_RABBITMQ_URL = run.rabbitmq.amqp;
  process.env.WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL = run.rabbitmq.management;
  process.env.WAYBILL_TEST_TEMPORAL_ADDRESS = run.temporal.address;
}
