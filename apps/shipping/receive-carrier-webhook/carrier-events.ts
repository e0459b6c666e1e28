import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import type { EventOutcome, ShipmentRow } from '../schema.js';
import type { Reading } from '../shipment/read-observation.js';
import { Shipments, type Trx } from '../shipment/shipments.js';
import type { CarrierEvent } from './parse-carrier-event.js';

const OUTCOMES = { advance: 'applied', stale: 'stale', contradicting: 'contradicting' } as const satisfies Record<
  Reading['kind'],
  EventOutcome
>;

/** What the carrier has reported: each event once, kept until its shipment exists. */
@Injectable()
export class CarrierEvents {
  private readonly received = counter('waybill_carrier_events_total', 'Events of the carrier by outcome', ['outcome']);

  constructor(private readonly shipments: Shipments) {}

  /** Serialises whoever looks for the shipment of a carrier's id with whoever makes that id known. */
  async lockReference(trx: Trx, reference: string): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${reference}, 0))`.execute(trx);
  }

  /** @returns false when the event had been received before: then there is nothing left to do. */
  async store(trx: Trx, event: CarrierEvent, body: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows: rows = 0n } = await trx
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

  /** Applies what was reported about this shipment before it was known, in the order in which it happened. */
  async applyWaiting(trx: Trx, shipment: ShipmentRow): Promise<ShipmentRow> {
    const waiting = await trx
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
      const { kind, shipment: next } = await this.shipments.apply(trx, current, { seen: observation, tracking, at });
      await this.settle(trx, id, OUTCOMES[kind], current);
      current = next;
    }
    return current;
  }

  private async settle(trx: Trx, id: string, outcome: EventOutcome, shipment: ShipmentRow): Promise<void> {
    await trx.updateTable('carrier_events').set({ outcome }).where('id', '=', id).execute();
    this.received.inc({ outcome });
    if (outcome !== 'contradicting') return;
    const fields = { carrierEvent: id, shipmentId: shipment.id, state: shipment.state };
    logger().error(fields, 'a parcel moves at the carrier that must not: stop it there, or find out who bought it');
  }
}
