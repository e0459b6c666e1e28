import type { EventData } from '#libs/contracts/events.js';
import { newEnvelope } from '#libs/messaging/envelope.js';
import type { OutboxMessage } from '#libs/messaging/outbox.js';
import type { ShipmentRow } from '../schema.js';
import type { Milestone } from './shipment.js';

type Announced = Milestone | 'CANCELLED';

const EVENTS = {
  SCHEDULED: 'ShipmentScheduled',
  CANCELLED: 'ShipmentCancelled',
  DISPATCHED: 'ShipmentDispatched',
  DELIVERED: 'ShipmentDelivered',
  LOST: 'ShipmentLost',
} as const satisfies Record<Announced, keyof EventData>;

/** What the world did, rather than what we did: the workflow of the order waits for these. */
const FACTS: ReadonlySet<Announced> = new Set(['DISPATCHED', 'DELIVERED', 'LOST']);

/** The messages that tell of `reached`, numbered on from the shipment's version. */
export function announce(shipment: ShipmentRow, reached: readonly Announced[], at: Date): OutboxMessage[] {
  return reached.flatMap((state, index) => {
    const envelope = newEnvelope({
      type: EVENTS[state],
      producer: 'shipping',
      subject: shipment.id,
      sequence: shipment.version + index + 1,
      correlationId: shipment.order_id,
      data: { orderId: shipment.order_id, shipmentId: shipment.id, tracking: shipment.tracking, at: at.toISOString() },
    });
    const lanes: OutboxMessage['lane'][] = FACTS.has(state) ? ['order-facts', 'events'] : ['events'];
    return lanes.map((lane) => ({ lane, envelope }));
  });
}
