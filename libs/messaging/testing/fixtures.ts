import type { Kysely } from 'kysely';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { newEnvelope, type Envelope } from '../envelope.js';
import { inboxTable } from '../inbox.js';
import { outboxTables } from '../outbox.js';

const migrations = {
  '0001_messages': {
    async up(db: Kysely<never>): Promise<void> {
      await outboxTables(db);
      await inboxTable(db);
    },
  },
};

/** A database with nothing but an outbox and an inbox. */
export function outboxDatabase(): Promise<TestDatabase<never>> {
  return testDatabase<never>(migrations);
}

/** An event of an order, in the place of `sequence`. */
export function orderEvent(orderId: string = newId<OrderId>(), sequence = 1): Envelope<'OrderRejecting'> {
  return newEnvelope({
    type: 'OrderRejecting',
    producer: 'orders',
    subject: orderId,
    sequence,
    data: { orderId, reason: 'NOT_SERVED' },
  });
}

/** An event that somebody subscribes to. */
export function stockEvent(place: string, sequence: number): Envelope<'StockLevelChanged'> {
  const [sku = '', warehouse = ''] = place.split('@');
  return newEnvelope({
    type: 'StockLevelChanged',
    producer: 'inventory',
    subject: place,
    sequence,
    data: { sku, warehouse, available: sequence },
  });
}
