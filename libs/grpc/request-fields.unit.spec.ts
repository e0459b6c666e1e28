import { describe, expect, it } from '@jest/globals';
import { parse } from '#libs/kernel/parse.js';
import { orderRequest, pageRequest, webhookRequest } from './request-fields.js';

const ID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';

describe('a request to a service', () => {
  it('names the same order, whichever way its id is written', () => {
    expect(parse(orderRequest, { orderId: ID.toUpperCase() })).toEqual({ orderId: ID });
    expect(() => parse(orderRequest, { orderId: 'order-1' })).toThrow('orderId');
  });

  it('gets a page of the usual size unless it says another, up to the most', () => {
    const request = pageRequest(20, 100);
    expect(parse(request, { cursor: '', limit: 0 })).toEqual({ cursor: '', limit: 20 });
    expect(parse(request, { cursor: '', limit: 100 })).toEqual({ cursor: '', limit: 100 });
    expect(() => parse(request, { cursor: '', limit: 101 })).toThrow('limit');
    expect(() => parse(request, { cursor: 'x'.repeat(513), limit: 1 })).toThrow('cursor');
  });

  it('brings a webhook of 256 KiB at most', () => {
    const webhook = (bytes: number) => ({ body: new Uint8Array(bytes), signature: 's' });
    expect(parse(webhookRequest, webhook(256 * 1024)).body).toHaveLength(256 * 1024);
    expect(() => parse(webhookRequest, webhook(256 * 1024 + 1))).toThrow('256 KiB');
  });
});
