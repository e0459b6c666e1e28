import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AddressData, LineData } from '#libs/contracts/events.js';
import { newId, type OrderId, type ShipmentId } from '#libs/kernel/ids.js';
import { outboxInsertSql, type OutboxMessage } from '#libs/messaging/outbox.js';
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

/** What the carrier's word meant, and the shipment as it is now. */
export interface Advanced {
  readonly kind: Reading['kind'];
  readonly shipment: ShipmentRow;
}

/**
 * The shipments as they are stored. Each change is one statement: a compare-and-set together with the events that tell of
 * it. So nothing is locked while anybody waits, and whoever comes second finds out and reads again.
 */
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

  findByReference(reference: string): Promise<ShipmentRow | undefined> {
    return this.db.selectFrom('shipments').selectAll().where('carrier_reference', '=', reference).executeTakeFirst();
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
   * @returns the shipment as it is then.
   */
  async commitLabel(orderId: OrderId, label: Label): Promise<ShipmentRow> {
    const committed = await this.db
      .updateTable('shipments')
      .set({ carrier_reference: label.reference, carrier_rate: label.rate, updated_at: sql`now()` })
      .where('order_id', '=', orderId)
      .where('state', '=', 'STARTED')
      .where('carrier_reference', 'is', null)
      .returningAll()
      .executeTakeFirst();
    return committed ?? this.get(orderId);
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
  async finishCancel(shipment: ShipmentRow): Promise<ShipmentRow> {
    const told = shipment.version > 0 ? announce(shipment, ['CANCELLED'], new Date()) : [];
    const change = sql`state = 'CANCELLED', version = version + ${shipment.version > 0 ? 1 : 0}`;
    return (await this.move(shipment, change, told)) ?? this.get(shipment.order_id);
  }

  /** Moves a shipment forward by what the carrier says, with an event for each milestone; settles the carrier's event. */
  async advance(shipment: ShipmentRow, report: ParcelReport, carrierEvent: string | null = null): Promise<Advanced> {
    const reading = readObservation(shipment, report.seen);
    if (reading.kind !== 'advance') return { kind: reading.kind, shipment };
    const { milestones } = reading;
    const tracking = shipment.tracking || report.tracking;
    const change = sql`
      state = ${milestones[milestones.length - 1]}, version = version + ${milestones.length}, tracking = ${tracking},
      deliver_by = coalesce(deliver_by, now() + ${deliverByMs(this.config)} * interval '1 millisecond')`;
    const moved = await this.move(
      shipment,
      change,
      announce({ ...shipment, tracking }, milestones, report.at),
      carrierEvent,
    );
    return moved
      ? { kind: 'advance', shipment: moved }
      : this.advance(await this.get(shipment.order_id), report, carrierEvent);
  }

  /**
   * States never come back, so the state alone tells whether a shipment has changed since it was read.
   * @returns undefined when it has: then nothing was done.
   */
  private async move(
    { id, state }: ShipmentRow,
    change: RawBuilder<unknown>,
    messages: readonly OutboxMessage[],
    carrierEvent: string | null = null,
  ): Promise<ShipmentRow | undefined> {
    const { rows } = await sql<ShipmentRow>`
      with moved as (
        update shipments set ${change}, updated_at = now()
        where id = ${id} and state = ${state}
        returning *
      ), told as (
        ${outboxInsertSql(messages, sql`exists (select from moved)`)}
      ), settled as (
        update carrier_events set outcome = 'applied' where id = ${carrierEvent} and exists (select from moved)
      )
      select * from moved`.execute(this.db);
    if (rows.length > 0) this.outbox.wake();
    return rows[0];
  }
}
