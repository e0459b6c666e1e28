import type { Insertable } from 'kysely';
import { easyPostId } from '../easypost/ids.js';
import { TRACKER_STATUS, trackerJson } from '../easypost/tracker-json.js';
import type { ShipmentRow, Stage, WebhooksTable } from '../schema.js';

/** The event that tells of a move. Its id and its bytes stay the same over all attempts to deliver it. */
export function trackerEvent(row: ShipmentRow, before: Stage): Insertable<WebhooksTable> {
  const id = easyPostId('evt');
  const at = row.updated_at.toISOString();
  const body = JSON.stringify({
    id,
    object: 'Event',
    mode: 'test',
    description: 'tracker.updated',
    status: 'pending',
    previous_attributes: { status: TRACKER_STATUS[before] },
    result: trackerJson(row),
    created_at: at,
    updated_at: at,
  });
  return { id, shipment_id: row.id, body };
}
