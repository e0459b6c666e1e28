import { describe, expect, it } from '@jest/globals';
import { readShipment } from './easypost-shipment.js';

const sold = (status: string, refund_status: string | null = null) => ({
  tracking_code: 'WB1',
  refund_status,
  updated_at: '2026-11-20T12:00:00Z',
  tracker: { status, updated_at: '2026-11-20T13:00:00Z' },
});

describe("a shipment in the carrier's words", () => {
  it.each([
    ['pre_transit', null, 'labelled'],
    ['unknown', null, 'labelled'],
    ['error', null, 'labelled'],
    ['a status that is new to us', null, 'labelled'],
    ['pre_transit', 'rejected', 'labelled'],
    ['in_transit', null, 'handed_over'],
    ['out_for_delivery', null, 'handed_over'],
    ['available_for_pickup', null, 'handed_over'],
    ['return_to_sender', null, 'handed_over'],
    ['delivered', null, 'delivered'],
    ['failure', null, 'lost'],
    // A label that was taken back and used all the same: the parcel counts, not the paper.
    ['in_transit', 'submitted', 'handed_over'],
    ['delivered', 'refunded', 'delivered'],
  ])('given the tracker %j and the refund %j, then the parcel is %s', (status, refund, seen) => {
    const at = new Date('2026-11-20T13:00:00Z');
    expect(readShipment(sold(status, refund))).toEqual({ kind: 'sold', report: { seen, tracking: 'WB1', at } });
  });

  it.each(['submitted', 'refunded', 'not_applicable'])('given a refund that is %s, then it is void', (refund) => {
    expect(readShipment(sold('pre_transit', refund))).toEqual({ kind: 'voided' });
    expect(readShipment(sold('cancelled', refund))).toEqual({ kind: 'voided' });
  });

  it('given no tracking code, then nothing was sold', () => {
    expect(readShipment({ tracking_code: null, tracker: null })).toEqual({ kind: 'quoted' });
    expect(readShipment({})).toEqual({ kind: 'quoted' });
  });

  it.each([null, 'text', 7, { tracking_code: 7 }])('given %j, then it is no answer that can be used', (json) => {
    expect(() => readShipment(json)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  });
});
