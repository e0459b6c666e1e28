import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { sql, type Kysely, type Transaction } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { CONFIG, type CarrierSimulatorConfig } from '../carrier-simulator.config.js';
import { DueWork } from '../due-work.js';
import { trackerEvent } from '../send-webhooks/tracker-event.js';
import { SendWebhooks } from '../send-webhooks/send-webhooks.js';
import type { CarrierSimulatorSchema, ShipmentRow } from '../schema.js';
import { afterMs, msUntil } from './database-time.js';
import { nextStage } from './route.js';

const BATCH = 100;
type Db = Kysely<CarrierSimulatorSchema>;

/**
 * Moves each parcel when its time has come by the database's clock: hand-over, then arrival. The stage, the next time
 * and the webhook that tells of it are one transaction, so a crash at any moment neither skips nor repeats a move.
 */
@Injectable()
export class MoveParcels implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly due = new DueWork('move parcels', () => this.moveDue());

  constructor(
    @Inject(DATABASE) private readonly db: Db,
    @Inject(CONFIG) private readonly config: CarrierSimulatorConfig,
    private readonly webhooks: SendWebhooks,
  ) {}

  onApplicationBootstrap(): void {
    this.due.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.due.stop();
  }

  /** A label was sold: the next parcel may be due sooner than thought. */
  wake(): void {
    this.due.wake();
  }

  private async moveDue(): Promise<number> {
    const moved = await this.db.transaction().execute((trx) => this.moveBatch(trx));
    if (moved > 0) this.webhooks.wake();
    return moved === BATCH
      ? 0
      : msUntil(this.db, this.db.selectFrom('shipments').select(sql<Date>`min(next_move_at)`.as('at')));
  }

  private async moveBatch(trx: Transaction<CarrierSimulatorSchema>): Promise<number> {
    const rows = await trx
      .selectFrom('shipments')
      .selectAll()
      .where('next_move_at', '<=', sql<Date>`now()`)
      .orderBy('next_move_at')
      .limit(BATCH)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const row of rows) await this.move(trx, row);
    return rows.length;
  }

  private async move(trx: Transaction<CarrierSimulatorSchema>, row: ShipmentRow): Promise<void> {
    const next = nextStage(row.stage, row.to_address);
    if (!next) return;
    const moved = await trx
      .updateTable('shipments')
      .set({
        stage: next.stage,
        next_move_at: next.movesOn ? afterMs(this.config.WAYBILL_CARRIER_DELIVER_AFTER) : null,
        updated_at: sql`now()`,
        ...(next.stage === 'in_transit' ? { handed_over_at: sql<Date>`now()` } : { arrived_at: sql<Date>`now()` }),
      })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await trx.insertInto('webhooks').values(trackerEvent(moved, row.stage)).execute();
  }
}
