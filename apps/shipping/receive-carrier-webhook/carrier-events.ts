import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import type { EventOutcome, ShipmentRow, ShippingSchema } from '../schema.js';
import type { Reading } from '../shipment/read-observation.js';
import { Shipments } from '../shipment/shipments.js';
import type { CarrierEvent } from './parse-carrier-event.js';

const OUTCOMES = {
  advance: 'applied',
  stale: 'stale',
  contradicting: 'contradicting',
} as const satisfies Record<Reading['kind'], EventOutcome>;

/**
 * What the carrier has reported: each event once, kept until its shipment exists. An event is stored, then its shipment is
 * looked for; a shipment's label is stored, then its events are looked for: whichever comes second finds the other.
 */
@Injectable()
export class CarrierEvents {
  private readonly received = counter('waybill_carrier_events_total', 'Events of the carrier by outcome', ['outcome']);

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<ShippingSchema>,
    private readonly shipments: Shipments,
  ) {}

  /** @returns false when the event had been received before. */
  async store(event: CarrierEvent, body: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows: rows = 0n } = await this.db
      .insertInto('carrier_events')
      .values({
        id: event.id,
        carrier_reference: event.report?.reference ?? null,
        observation: event.report?.seen ?? null,
        tracking: event.report?.tracking ?? '',
        happened_at: event.report?.at ?? event.at,
        body,
        outcome: event.report ? 'waiting' : 'ignored',
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    return rows > 0n;
  }

  /** Applies what waits for this shipment, in the order in which it happened. */
  async applyWaiting(shipment: ShipmentRow): Promise<ShipmentRow> {
    const waiting = await this.db
      .selectFrom('carrier_events')
      .select(['id', 'observation', 'tracking', 'happened_at'])
      .where('carrier_reference', '=', shipment.carrier_reference)
      .where('outcome', '=', 'waiting')
      .orderBy('happened_at')
      .orderBy('id')
      .execute();
    let current = shipment;
    for (const { id, observation, tracking, happened_at: at } of waiting) {
      if (observation === null) continue;
      const { kind, shipment: next } = await this.shipments.advance(current, { seen: observation, tracking, at }, id);
      await this.settle(id, OUTCOMES[kind], next);
      current = next;
    }
    return current;
  }

  /** An event that moved its shipment was settled with that move. */
  private async settle(id: string, outcome: EventOutcome, shipment: ShipmentRow): Promise<void> {
    this.received.inc({ outcome });
    if (outcome === 'applied') return;
    await this.db
      .updateTable('carrier_events')
      .set({ outcome })
      .where('id', '=', id)
      .where('outcome', '=', 'waiting')
      .execute();
    if (outcome !== 'contradicting') return;
    const fields = { carrierEvent: id, shipmentId: shipment.id, state: shipment.state };
    logger().error(fields, 'a parcel moves at the carrier that must not: stop it there, or find out who bought it');
  }
}
