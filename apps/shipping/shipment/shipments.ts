import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { AddressData, LineData } from '#libs/contracts/events.js';
import { newId, type OrderId, type ShipmentId } from '#libs/kernel/ids.js';
import { appendOutbox } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { Label, ParcelReport } from '../carrier/carrier.js';
import { CONFIG, deliverByMs, type ShippingConfig } from '../shipping.config.js';
import type { ShipmentRow, ShippingSchema } from '../schema.js';
import { announce } from './announce.js';
import { readObservation, type Reading } from './read-observation.js';

export interface ShipmentOrder {
  readonly orderId: OrderId;
  readonly address: AddressData;
  readonly items: readonly LineData[];
  readonly shippingMethod: string;
}

export type Trx = Transaction<ShippingSchema>;

/** What the carrier's word meant, and the shipment as it is now. */
export interface Applied {
  readonly kind: Reading['kind'];
  readonly shipment: ShipmentRow;
}

/** The shipments as they are stored. Every change is one transaction with the events that tell of it. */
@Injectable()
export class Shipments {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<ShippingSchema>,
    @Inject(CONFIG) private readonly config: ShippingConfig,
    private readonly outbox: OutboxRelay,
  ) {}

  find(orderId: OrderId): Promise<ShipmentRow | undefined> {
    return this.db.selectFrom('shipments').selectAll().where('order_id', '=', orderId).executeTakeFirst();
  }

  get(orderId: OrderId): Promise<ShipmentRow> {
    return this.db.selectFrom('shipments').selectAll().where('order_id', '=', orderId).executeTakeFirstOrThrow();
  }

  /** Begins a shipment, unless the order has one; a tombstone counts. */
  async start({ orderId, address, items, shippingMethod }: ShipmentOrder): Promise<ShipmentRow> {
    const started = await this.db
      .insertInto('shipments')
      .values({
        id: newId<ShipmentId>(),
        order_id: orderId,
        state: 'STARTED',
        address: JSON.stringify(address),
        items: JSON.stringify(items),
        shipping_method: shippingMethod,
      })
      .onConflict((conflict) => conflict.column('order_id').doNothing())
      .returningAll()
      .executeTakeFirst();
    return started ?? this.get(orderId);
  }

  /**
   * Commits the label that will be bought, unless the shipment has one or is no longer STARTED.
   * @returns the shipment, or undefined when it was too late.
   */
  async commitLabel(trx: Trx, orderId: OrderId, label: Label): Promise<ShipmentRow | undefined> {
    return trx
      .updateTable('shipments')
      .set({ carrier_reference: label.reference, carrier_rate: label.rate, updated_at: sql`now()` })
      .where('order_id', '=', orderId)
      .where('state', '=', 'STARTED')
      .where('carrier_reference', 'is', null)
      .returningAll()
      .executeTakeFirst();
  }

  /** No carrier goes there. Kept, so that the answer stays the same. */
  async refuse(orderId: OrderId): Promise<ShipmentRow> {
    const refused = await this.db
      .updateTable('shipments')
      .set({ state: 'REFUSED', updated_at: sql`now()` })
      .where('order_id', '=', orderId)
      .where('state', '=', 'STARTED')
      .where('carrier_reference', 'is', null)
      .returningAll()
      .executeTakeFirst();
    return refused ?? this.get(orderId);
  }

  /** Leaves a tombstone where there is nothing; else begins the cancel of what can still be cancelled. */
  async beginCancel(orderId: OrderId): Promise<ShipmentRow> {
    const begun = await this.db
      .insertInto('shipments')
      .values({
        id: newId<ShipmentId>(),
        order_id: orderId,
        state: 'CANCELLED',
        address: null,
        items: '[]',
        shipping_method: '',
      })
      .onConflict((conflict) =>
        conflict
          .column('order_id')
          // Without a label nothing was bought, and nothing will be: a label that comes later finds no STARTED row.
          .doUpdateSet({
            state: sql`case when shipments.carrier_reference is null then 'CANCELLED' else 'CANCELLING' end`,
            updated_at: sql`now()`,
          })
          .where('shipments.state', 'in', ['STARTED', 'SCHEDULED']),
      )
      .returningAll()
      .executeTakeFirst();
    return begun ?? this.get(orderId);
  }

  /** The carrier has taken the label back. What was never told of is not withdrawn. */
  async finishCancel(orderId: OrderId): Promise<ShipmentRow> {
    return this.change(async (trx) => {
      const shipment = await lockOrder(trx, orderId);
      if (shipment.state !== 'CANCELLING') return shipment;
      const told = shipment.version > 0;
      if (told) await appendOutbox(trx, announce(shipment, ['CANCELLED'], new Date()));
      return trx
        .updateTable('shipments')
        .set({ state: 'CANCELLED', version: shipment.version + (told ? 1 : 0), updated_at: sql`now()` })
        .where('id', '=', shipment.id)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
  }

  lockByReference(trx: Trx, reference: string): Promise<ShipmentRow | undefined> {
    return trx
      .selectFrom('shipments')
      .selectAll()
      .where('carrier_reference', '=', reference)
      .forUpdate()
      .executeTakeFirst();
  }

  /** Records what the carrier has answered about the order's parcel. */
  async report(orderId: OrderId, report: ParcelReport): Promise<ShipmentRow> {
    const { shipment } = await this.change(async (trx) => this.apply(trx, await lockOrder(trx, orderId), report));
    return shipment;
  }

  /** Moves a locked shipment forward by what the carrier says, with an event for each milestone. */
  async apply(trx: Trx, shipment: ShipmentRow, report: ParcelReport): Promise<Applied> {
    const reading = readObservation(shipment, report.seen);
    if (reading.kind !== 'advance') return { kind: reading.kind, shipment };
    const { milestones } = reading;
    const tracking = shipment.tracking || report.tracking;
    await appendOutbox(trx, announce({ ...shipment, tracking }, milestones, report.at));
    const moved = await trx
      .updateTable('shipments')
      .set({
        state: milestones[milestones.length - 1],
        version: shipment.version + milestones.length,
        tracking,
        deliver_by: sql`coalesce(deliver_by, now() + ${deliverByMs(this.config)} * interval '1 millisecond')`,
        updated_at: sql`now()`,
      })
      .where('id', '=', shipment.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return { kind: 'advance', shipment: moved };
  }

  /** Runs a transaction, then has the outbox sent. */
  async change<Result>(work: (trx: Trx) => Promise<Result>): Promise<Result> {
    const result = await this.db.transaction().execute(work);
    this.outbox.wake();
    return result;
  }
}

function lockOrder(trx: Trx, orderId: OrderId): Promise<ShipmentRow> {
  return trx.selectFrom('shipments').selectAll().where('order_id', '=', orderId).forUpdate().executeTakeFirstOrThrow();
}
