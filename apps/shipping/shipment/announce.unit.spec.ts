import { describe, expect, it } from '@jest/globals';
import { newId, type OrderId, type ShipmentId } from '#libs/kernel/ids.js';
import type { ShipmentRow } from '../schema.js';
import { announce } from './announce.js';

const shipment: ShipmentRow = {
  id: newId<ShipmentId>(),
  order_id: newId<OrderId>(),
  state: 'SCHEDULED',
  version: 1,
  address: null,
  items: [],
  shipping_method: 'standard',
  carrier_reference: 'shp_1',
  carrier_rate: 'rate_1',
  tracking: 'WB1',
  deliver_by: new Date(),
  created_at: new Date(),
  updated_at: new Date(),
};
const at = new Date('2026-11-20T12:00:00Z');

describe('the events of a shipment', () => {
  it('given two milestones at once, then they are numbered on from its version', () => {
    const messages = announce(shipment, ['DISPATCHED', 'DELIVERED'], at);
    expect(messages.map(({ lane, envelope }) => [lane, envelope.type, envelope.sequence])).toEqual([
      ['order-facts', 'ShipmentDispatched', 2],
      ['events', 'ShipmentDispatched', 2],
      ['order-facts', 'ShipmentDelivered', 3],
      ['events', 'ShipmentDelivered', 3],
    ]);
    const data = { orderId: shipment.order_id, shipmentId: shipment.id, tracking: 'WB1', at: at.toISOString() };
    const frame = { producer: 'shipping', subject: shipment.id, correlationId: shipment.order_id, data };
    for (const { envelope } of messages) expect(envelope).toMatchObject(frame);
  });

  it.each([
    ['SCHEDULED', 'ShipmentScheduled', ['events']],
    ['CANCELLED', 'ShipmentCancelled', ['events']],
    ['LOST', 'ShipmentLost', ['order-facts', 'events']],
  ] as const)('given %s, then %s goes to %j', (milestone, type, lanes) => {
    const messages = announce(shipment, [milestone], at);
    expect(messages.map(({ lane }) => lane)).toEqual(lanes);
    for (const { envelope } of messages) expect(envelope.type).toBe(type);
    expect(new Set(messages.map(({ envelope }) => envelope.id)).size).toBe(1);
  });
});
