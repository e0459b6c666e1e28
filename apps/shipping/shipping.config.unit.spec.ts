import { describe, expect, it } from '@jest/globals';
import { deliverByMs, shippingConfig } from './shipping.config.js';

const environment = {
  WAYBILL_PROBE_LISTEN: '127.0.0.1:1',
  WAYBILL_GRPC_LISTEN: '127.0.0.1:2',
  WAYBILL_DATABASE_URL: 'postgres://localhost/shipping',
  WAYBILL_AMQP_URL: 'amqp://localhost',
  WAYBILL_CARRIER_API_KEY: 'key',
  WAYBILL_CARRIER_WEBHOOK_SECRET: 'one-secret-of-many, the-next-secret',
};
const SIMULATED = { WAYBILL_CARRIER_URL: 'http://127.0.0.1:3' };
const DAY = 86_400_000;

describe("shipping's configuration", () => {
  it.each([
    ['the carrier itself', {}, 14 * DAY],
    ['the simulator', SIMULATED, 60_000],
    ['a time of its own', { ...SIMULATED, WAYBILL_CARRIER_DELIVER_BY: '2d' }, 2 * DAY],
  ])('given %s, then a parcel may take so long', (_, more, expected) => {
    expect(deliverByMs(shippingConfig.parse({ ...environment, ...more }))).toBe(expected);
  });

  it('knows every secret that is in force', () => {
    expect(shippingConfig.parse(environment).WAYBILL_CARRIER_WEBHOOK_SECRET).toEqual([
      'one-secret-of-many',
      'the-next-secret',
    ]);
  });

  it.each([
    [{ WAYBILL_CARRIER_DELIVER_BY: 'soon' }, 'WAYBILL_CARRIER_DELIVER_BY'],
    [{ WAYBILL_CARRIER_SHIP_FROM: 'Hamburg' }, 'WAYBILL_CARRIER_SHIP_FROM'],
    [{ WAYBILL_CARRIER_SHIP_FROM: '{"name":"Waybill"}' }, 'WAYBILL_CARRIER_SHIP_FROM'],
    [{ WAYBILL_CARRIER_URL: 'ftp://carrier' }, 'WAYBILL_CARRIER_URL'],
  ])('given %j, then %s is named', (more, name) => {
    expect(shippingConfig.safeParse({ ...environment, ...more }).error?.issues[0]?.path[0]).toBe(name);
  });
});
