import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { unreachable } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import { EasyPostError } from '../easypost/easypost-error.js';
import { FindShipment } from '../find-shipment/find-shipment.js';
import type { CarrierSimulatorSchema, ShipmentRow, Stage } from '../schema.js';

/**
 * Takes a label back, as long as the parcel has not been handed over. This compare-and-set on `labelled` and that of
 * the hand-over touch the same row: exactly one of them wins.
 */
@Injectable()
export class RefundShipment {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<CarrierSimulatorSchema>,
    private readonly shipments: FindShipment,
  ) {}

  async refund(idOrReference: string): Promise<ShipmentRow> {
    const { id } = await this.shipments.byIdOrReference(idOrReference);
    const voided = await this.db
      .updateTable('shipments')
      .set({ stage: 'voided', next_move_at: null, updated_at: sql`now()` })
      .where('id', '=', id)
      .where('stage', '=', 'labelled')
      .returningAll()
      .executeTakeFirst();
    if (voided) return voided;
    throw refusal((await this.shipments.byIdOrReference(id)).stage);
  }
}

function refusal(stage: Stage): EasyPostError {
  switch (stage) {
    case 'quoted':
      return new EasyPostError(
        422,
        'SHIPMENT.POSTAGE.REQUIRED',
        'Postage is required: this shipment was never bought.',
      );
    case 'labelled':
    case 'voided':
      return new EasyPostError(
        422,
        'SHIPMENT.REFUND.UNAVAILABLE',
        'Unable to request refund. A refund was already requested.',
      );
    case 'in_transit':
    case 'delivered':
    case 'lost':
      return new EasyPostError(
        422,
        'SHIPMENT.REFUND.UNAVAILABLE',
        'Unable to request refund. The parcel has been shipped.',
      );
    default:
      return unreachable(stage);
  }
}
