import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { AnnounceLevels } from '../announce-levels/announce-levels.js';
import { stockLevel, type StockLevel } from '../list-stock/stock-level.js';
import { rowOf } from '../reservation/statements.js';
import type { InventorySchema, StockTable } from '../schema.js';

export interface StockCount {
  readonly sku: string;
  readonly warehouse: string;
  /** What is there and not promised to anybody. */
  readonly available: number;
}

/** Takes over what an operator has counted: what is more was received, what is less is written off. */
@Injectable()
export class SetStock {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<InventorySchema>,
    private readonly levels: AnnounceLevels,
  ) {}

  async execute({ sku, warehouse, available }: StockCount): Promise<StockLevel> {
    const result = await sql<Selectable<StockTable>>`/* set-stock */
      insert into stock (sku, warehouse, received, available)
      values (${sku}, ${warehouse}, ${available}, ${available})
      on conflict (sku, warehouse) do update set
        received = stock.received + greatest(excluded.available - stock.available, 0),
        written_off = stock.written_off + greatest(stock.available - excluded.available, 0),
        available = excluded.available,
        version = stock.version + 1
      returning *`.execute(this.db);
    logger().info({ sku, warehouse, available }, 'stock was counted');
    this.levels.wake();
    return stockLevel(rowOf(result));
  }
}
