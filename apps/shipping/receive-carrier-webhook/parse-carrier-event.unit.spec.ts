import { describe, expect, it } from '@jest/globals';
import { parseCarrierEvent } from './parse-carrier-event.js';

const tracker = {
  object: 'Tracker',
  shipment_id: 'shp_1',
  tracking_code: 'WB1',
  status: 'in_transit',
  updated_at: '2026-11-20T13:00:00Z',
};
const event = (result: unknown) =>
  JSON.stringify({ id: 'evt_1', object: 'Event', created_at: '2026-11-20T14:00:00Z', result });

describe('an event of the carrier', () => {
  it('given a tracker, then it says where which parcel is, and since when', () => {
    expect(parseCarrierEvent(event(tracker))).toEqual({
      id: 'evt_1',
      at: new Date('2026-11-20T14:00:00Z'),
      report: { reference: 'shp_1', seen: 'handed_over', tracking: 'WB1', at: new Date('2026-11-20T13:00:00Z') },
    });
  });

  it.each([
    ['about something else', { object: 'Batch', state: 'created' }],
    ['without a result', undefined],
    ['with a status that tells nothing', { ...tracker, status: 'unknown' }],
    ['with a status that is new to us', { ...tracker, status: 'teleported' }],
    ['with a nul in its tracking code', { ...tracker, tracking_code: 'WB\0' }],
    ['about a parcel that is not of a shipment', { ...tracker, shipment_id: null }],
  ])('given one %s, then it is an event without a report', (_, result) => {
    expect(parseCarrierEvent(event(result))).toMatchObject({ id: 'evt_1', report: null });
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"id":""}',
    '{"id":"evt_1","created_at":"yesterday"}',
    String.raw`{"id":"evt_\u0000","created_at":"2026-11-20T14:00:00Z"}`,
  ])('given %j, then it is none', (body) => {
    expect(() => parseCarrierEvent(body)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
