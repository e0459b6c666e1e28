import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { sql, type Kysely, type Transaction } from 'kysely';
import { newEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import { appendOutbox } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import { BackgroundLoop } from '../background-loop.js';
import { CONFIG, type InventoryConfig } from '../inventory.config.js';
import type { InventorySchema } from '../schema.js';

/** Finds what a process that was killed left untold. */
const IN_ANY_CASE_MS = 5_000;
const BATCH = 500;

interface Level {
  readonly sku: string;
  readonly warehouse: string;
  readonly available: number;
  readonly announced_sequence: number;
}

/**
 * Tells the level of each stock row that differs from what was last told. The row itself is the memory of what is still to be
 * told, so nothing is lost by telling it a moment later; in return an order for fifty SKUs writes no fifty events, and a SKU
 * that everybody buys is told a few times a second, not at every sale. The level is absolute and its sequence gapless.
 */
@Injectable()
export class AnnounceLevels implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: BackgroundLoop;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<InventorySchema>,
    @Inject(CONFIG) config: InventoryConfig,
    private readonly relay: OutboxRelay,
  ) {
    const pace = { atLeastMs: config.WAYBILL_LEVELS_EVERY, atMostMs: IN_ANY_CASE_MS };
    this.loop = new BackgroundLoop('announcing stock levels', () => this.execute(), pace);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** To be called after `available` has changed. */
  wake(): void {
    this.loop.wake();
  }

  /** Tells everything that is to be told now. */
  async execute(): Promise<void> {
    for (let more = true; more;) more = (await this.announceBatch()) === BATCH;
  }

  private async announceBatch(): Promise<number> {
    const told = await this.db.transaction().execute(async (trx) => {
      const levels = await takeUntold(trx);
      await appendOutbox(
        trx,
        levels.map((level) => ({ lane: 'events', envelope: levelChanged(level) })),
      );
      return levels.length;
    });
    if (told > 0) this.relay.wake();
    return told;
  }
}

async function takeUntold(trx: Transaction<InventorySchema>): Promise<Level[]> {
  const { rows } = await sql<Level>`/* announce-levels */ with
    untold as materialized (
      select sku, warehouse from stock where available is distinct from announced
      order by sku, warehouse limit ${BATCH}
      for no key update
    )
    update stock set announced = available, announced_sequence = announced_sequence + 1
    from untold
    where stock.sku = untold.sku and stock.warehouse = untold.warehouse
    returning stock.sku, stock.warehouse, stock.available, stock.announced_sequence`.execute(trx);
  return rows;
}

function levelChanged({ sku, warehouse, available, announced_sequence }: Level): Envelope<'StockLevelChanged'> {
  return newEnvelope({
    type: 'StockLevelChanged',
    producer: 'inventory',
    subject: `${sku}@${warehouse}`,
    sequence: announced_sequence,
    data: { sku, warehouse, available },
  });
}
