import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { DATABASE } from '#libs/persistence/database.js';
import { CONFIG, type CarrierSimulatorConfig } from '../carrier-simulator.config.js';
import { EasyPostError } from '../easypost/easypost-error.js';
import { easyPostId, trackingCode } from '../easypost/ids.js';
import { FindShipment } from '../find-shipment/find-shipment.js';
import { MoveParcels } from '../move-parcels/move-parcels.js';
import { afterMs } from '../move-parcels/database-time.js';
import type { CarrierSimulatorSchema, ShipmentRow } from '../schema.js';

const buyRequest = z.object({ rate: z.object({ id: z.string() }) });

/** Sells a label, once: the compare-and-set on `quoted` has one winner, everybody else is told that postage exists. */
@Injectable()
export class BuyShipment {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<CarrierSimulatorSchema>,
    @Inject(CONFIG) private readonly config: CarrierSimulatorConfig,
    private readonly shipments: FindShipment,
    private readonly parcels: MoveParcels,
  ) {}

  async buy(idOrReference: string, body: unknown): Promise<ShipmentRow> {
    const shipment = await this.shipments.byIdOrReference(idOrReference);
    if (shipment.rates.length === 0)
      throw new EasyPostError(422, 'SHIPMENT.RATES.UNAVAILABLE', 'No rates are available for this shipment.');
    const rate = buyRequest.safeParse(body).data?.rate.id;
    if (!shipment.rates.some(({ id }) => id === rate))
      throw new EasyPostError(422, 'SHIPMENT.MISSING_RATE', 'The rate does not belong to this shipment.');
    const bought = await this.sell(shipment.id, rate);
    if (!bought) throw new EasyPostError(422, 'SHIPMENT.POSTAGE.EXISTS', 'Postage already exists for this shipment.');
    this.parcels.wake();
    return bought;
  }

  private sell(id: string, rate: string | undefined): Promise<ShipmentRow | undefined> {
    return this.db
      .updateTable('shipments')
      .set({
        stage: 'labelled',
        selected_rate_id: rate,
        tracker_id: easyPostId('trk'),
        tracking_code: trackingCode(),
        next_move_at: afterMs(this.config.WAYBILL_CARRIER_DISPATCH_AFTER),
        bought_at: sql`now()`,
        updated_at: sql`now()`,
      })
      .where('id', '=', id)
      .where('stage', '=', 'quoted')
      .returningAll()
      .executeTakeFirst();
  }
}
