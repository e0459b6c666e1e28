import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { failpoint } from '#libs/kernel/failpoints.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { CatalogSchema } from '../schema.js';

/**
 * Keeps what the catalogue shows as available in step with inventory: eventually, and never backwards. A level is
 * absolute, so one that was overtaken or comes again changes nothing, and one that was lost is made good by the next.
 */
@Injectable()
export class FollowAvailability {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CatalogSchema>) {}

  async execute({ sequence, data: { sku, warehouse, available } }: Envelope<'StockLevelChanged'>): Promise<void> {
    await failpoint('follow-availability.before-commit');
    await this.db
      .insertInto('availability')
      .values({ sku, warehouse, available, sequence })
      .onConflict((conflict) =>
        conflict
          .columns(['sku', 'warehouse'])
          .doUpdateSet({ available, sequence })
          .where('availability.sequence', '<', sequence),
      )
      .execute();
  }
}
