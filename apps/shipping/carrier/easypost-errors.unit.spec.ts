import { describe, expect, it } from '@jest/globals';
import { WaybillError } from '#libs/kernel/errors.js';
import { asCarrierFailure, isRefusal } from './easypost-errors.js';

const api = (statusCode: number, code: string) => Object.assign(new Error('text'), { statusCode, code });

describe('a failure of the carrier', () => {
  it.each<[string, unknown, string]>([
    ['a lost connection', new Error('ECONNRESET'), 'UNAVAILABLE'],
    ['an answer that the SDK cannot read', new TypeError('Cannot destructure'), 'UNAVAILABLE'],
    ['something that is no error', 'text', 'UNAVAILABLE'],
    ['a breakdown', api(500, 'INTERNAL_SERVER_ERROR'), 'UNAVAILABLE'],
    ['a gateway that gives up', api(504, 'GATEWAY_TIMEOUT'), 'UNAVAILABLE'],
    ['too many requests', api(429, 'RATE_LIMITED'), 'UNAVAILABLE'],
    ['a purchase that is still going on', api(422, 'SHIPMENT.PURCHASE.IN_PROGRESS'), 'UNAVAILABLE'],
    ['a wrong key', api(401, 'UNAUTHORIZED'), 'INTERNAL'],
    ['a request that is wrong', api(422, 'SHIPMENT.INVALID_PARAMS'), 'INTERNAL'],
    ['our own', new WaybillError('DEADLINE_EXCEEDED', 'late'), 'DEADLINE_EXCEEDED'],
  ])('given %s, then it is %s', (_, error, code) => {
    expect(asCarrierFailure(error)).toMatchObject({ code, technical: true });
  });

  it('is a refusal only with that code, and only when the carrier has decided', () => {
    expect(isRefusal(api(422, 'SHIPMENT.POSTAGE.EXISTS'), 'SHIPMENT.POSTAGE.EXISTS')).toBe(true);
    expect(isRefusal(api(422, 'SHIPMENT.POSTAGE.FAILURE'), 'SHIPMENT.POSTAGE.EXISTS')).toBe(false);
    expect(isRefusal(api(500, 'SHIPMENT.POSTAGE.EXISTS'), 'SHIPMENT.POSTAGE.EXISTS')).toBe(false);
    expect(isRefusal(new Error('SHIPMENT.POSTAGE.EXISTS'), 'SHIPMENT.POSTAGE.EXISTS')).toBe(false);
  });
});
