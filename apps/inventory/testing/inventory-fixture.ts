import { sql, type Kysely, type KyselyPlugin } from 'kysely';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import type { AnyEnvelope } from '#libs/messaging/envelope.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { testDatabase } from '#libs/testing/test-database.js';
import { AnnounceLevels } from '../announce-levels/announce-levels.js';
import { ExpireHolds } from '../expire-holds/expire-holds.js';
import { AmendReservation } from '../amend-reservation/amend-reservation.js';
import { HoldStock } from '../hold-stock/hold-stock.js';
import { inventoryConfig } from '../inventory.config.js';
import { ListStock } from '../list-stock/list-stock.js';
import { migrations } from '../migrations/index.js';
import { ReleaseStock } from '../release-stock/release-stock.js';
import { Reservations } from '../reservation/reservations.js';
import { ReserveStock } from '../reserve-stock/reserve-stock.js';
import type { InventorySchema } from '../schema.js';
import { SetStock } from '../set-stock/set-stock.js';
import { ShipStock } from '../ship-stock/ship-stock.js';

/** The abilities of inventory on a database of their own. Nothing runs in the background: a test sweeps and announces itself. */
export async function inventoryFixture({
  pool = 8,
  settings = {},
}: { pool?: number; settings?: Record<string, string> } = {}) {
  const database = await testDatabase<InventorySchema>(migrations, { pool });
  const statements = { count: 0 };
  const db = database.db.withPlugin(counting(statements));
  const relay = new OutboxRelay(db as never, {
    producer: 'inventory',
    amqpUrl: 'amqp://unused',
    databaseUrl: database.url,
  });
  const config = inventoryConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:1',
    WAYBILL_GRPC_LISTEN: '127.0.0.1:2',
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_AMQP_URL: 'amqp://unused',
    ...settings,
  });
  const levels = new AnnounceLevels(db, config, relay);
  const reservations = new Reservations(db, config, relay, levels);
  return {
    db,
    hold: new HoldStock(reservations),
    reserve: new ReserveStock(reservations),
    amend: new AmendReservation(reservations),
    release: new ReleaseStock(reservations),
    ship: new ShipStock(reservations),
    expire: new ExpireHolds(db, config, levels),
    set: new SetStock(db, levels),
    list: new ListStock(db),
    levels,
    /** How many statements were sent so far, those of the test itself among them. */
    statements,
    drop: database.drop,
  };
}

export type InventoryFixture = Awaited<ReturnType<typeof inventoryFixture>>;

function counting(statements: { count: number }): KyselyPlugin {
  return {
    transformQuery: ({ node }) => {
      statements.count += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}

export const newOrder = (): OrderId => newId<OrderId>();

/** Makes every hold due, as if its time had passed. */
export async function letHoldsRunOut(db: Kysely<InventorySchema>, orderId?: OrderId): Promise<void> {
  await db
    .updateTable('reservations')
    .set({ expires_at: sql<Date>`now() - interval '1 second'` })
    .where('state', '=', 'held')
    .$if(orderId !== undefined, (query) => query.where('order_id', '=', orderId ?? ''))
    .execute();
}

/** `available held reserved shipped written_off` of a SKU, summed over its warehouses. */
export async function unitsOf(db: Kysely<InventorySchema>, sku: string): Promise<string> {
  const { rows } = await sql<{ units: string }>`
    select concat_ws(' ', sum(available), sum(held), sum(reserved), sum(shipped), sum(written_off)) as units
    from stock where sku = ${sku}`.execute(db);
  return rows[0]?.units ?? '';
}

/** What was told so far, in the order of the outbox. */
export async function toldEvents(db: Kysely<InventorySchema>, subject?: string): Promise<AnyEnvelope[]> {
  const { rows } = await sql<{ envelope: string }>`select envelope from outbox order by seq`.execute(db);
  const envelopes = rows.map(({ envelope }) => JSON.parse(envelope) as AnyEnvelope);
  return subject === undefined ? envelopes : envelopes.filter((envelope) => envelope.subject === subject);
}

/**
 * Everything that must hold in any state, as a list of what does not:
 * stock rows equal the sum of the reservations' lines, and each subject's sequences are 1, 2, 3, …
 */
export async function violations(db: Kysely<InventorySchema>): Promise<string[]> {
  const { rows: wrongRows } = await sql<{ row: string }>`
    select format('%s@%s is %s/%s/%s of %s, its reservations say %s/%s/%s', stock.sku, stock.warehouse,
      stock.held, stock.reserved, stock.shipped, stock.received, taken.held, taken.reserved, taken.shipped) as row
    from stock left join lateral (
      select coalesce(sum(quantity) filter (where state = 'held'), 0) as held,
        coalesce(sum(quantity) filter (where state = 'reserved'), 0) as reserved,
        coalesce(sum(quantity) filter (where state = 'shipped'), 0) as shipped
      from reservation_lines join reservations using (order_id)
      where reservation_lines.sku = stock.sku and reservation_lines.warehouse = stock.warehouse
    ) as taken on true
    where (stock.held, stock.reserved, stock.shipped) is distinct from (taken.held, taken.reserved, taken.shipped)
      or available + stock.held + stock.reserved + stock.shipped + written_off <> received`.execute(db);
  const { rows: gaps } = await sql<{ row: string }>`
    select format('%s was told as %s', subject, array_agg(sequence order by seq)) as row
    from (
      select subject, seq, (envelope::jsonb ->> 'sequence')::bigint as sequence,
        row_number() over (partition by subject order by seq) as place
      from outbox
    ) as told
    group by subject having bool_or(sequence <> place)`.execute(db);
  return [...wrongRows, ...gaps].map(({ row }) => row);
}
