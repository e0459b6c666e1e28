import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isWaybillError } from '#libs/kernel/errors.js';
import { requireSignature, type SignedWebhook, signWebhook, verifyWebhook } from './webhook-signature.js';

const at = new Date('2026-11-20T12:00:00Z');
const body = Buffer.from('{"id":"evt_1"}');
const seconds = (offset: number) => new Date(at.getTime() + offset * 1000);
const signed = (changes: Partial<SignedWebhook> = {}): SignedWebhook => ({
  header: signWebhook('current', body, at),
  body,
  secrets: ['current'],
  now: at,
  ...changes,
});

describe('a webhook signature', () => {
  it('is HMAC-SHA256 in hex over `t.body`', () => {
    const t = at.getTime() / 1000;
    const v1 = createHmac('sha256', 'current').update(`${t}.{"id":"evt_1"}`).digest('hex');
    expect(signWebhook('current', body, at)).toBe(`t=${t},v1=${v1}`);
  });

  it('given the same body and secret, then it is valid and tells its time', () => {
    expect(verifyWebhook(signed())).toEqual({ valid: true, signedAt: at });
  });

  it('given any body and any secret, then only that body under that secret is valid', () => {
    const secret = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), secret, secret, (one, other, ours, theirs) => {
        const header = signWebhook(ours, one, at);
        expect(verifyWebhook({ header, body: one, secrets: [ours], now: at }).valid).toBe(true);
        const sameBody = Buffer.compare(one, other) === 0;
        expect(verifyWebhook({ header, body: other, secrets: [ours], now: at }).valid).toBe(sameBody);
        expect(verifyWebhook({ header, body: one, secrets: [theirs], now: at }).valid).toBe(ours === theirs);
      }),
    );
  });

  it.each<[string, Partial<SignedWebhook>, string]>([
    ['no header', { header: undefined }, 'missing'],
    ['an empty header', { header: '' }, 'missing'],
    ['noise', { header: 'hello' }, 'malformed'],
    ['no time', { header: `v1=${'a'.repeat(64)}` }, 'malformed'],
    ['no signature', { header: 't=1' }, 'malformed'],
    ['two times', { header: `t=1,t=2,v1=${'a'.repeat(64)}` }, 'malformed'],
    ['a time that is no number', { header: `t=1e3,v1=${'a'.repeat(64)}` }, 'malformed'],
    ['a short signature', { header: 't=1,v1=abcd' }, 'malformed'],
    ['too many signatures', { header: `t=1${`,v1=${'a'.repeat(64)}`.repeat(6)}` }, 'malformed'],
    ['an endless header', { header: `t=1,v1=${'a'.repeat(64)},${'x'.repeat(2000)}` }, 'malformed'],
    ['another body', { body: Buffer.from('{"id":"evt_2"}') }, 'forged'],
    ['another secret', { secrets: ['other'] }, 'forged'],
    ['no secret in force', { secrets: [] }, 'forged'],
    ['an empty secret in force', { header: signWebhook('', body, at), secrets: [''] }, 'forged'],
    ['a changed time', { header: signWebhook('current', body, at).replace(/t=\d+/, 't=1') }, 'forged'],
    ['five minutes and a second ago', { now: seconds(301) }, 'stale'],
    ['five minutes and a second ahead', { now: seconds(-301) }, 'stale'],
  ])('given %s, then it is refused', (_, changes, problem) => {
    expect(verifyWebhook(signed(changes))).toEqual({ valid: false, problem });
  });

  it.each([300, -300])('given a clock that is %d s away, then it is still valid', (offset) => {
    expect(verifyWebhook(signed({ now: seconds(offset) })).valid).toBe(true);
  });

  it('given a secret in rotation, then the old and the new one are both valid', () => {
    const secrets = ['next', 'current'];
    expect(verifyWebhook(signed({ secrets })).valid).toBe(true);
    expect(verifyWebhook(signed({ secrets, header: signWebhook('next', body, at) })).valid).toBe(true);
  });

  it('given a sender that signs with both secrets, then a receiver that knows one accepts', () => {
    const both = `${signWebhook('next', body, at)},${signWebhook('current', body, at).split(',')[1]}`;
    expect(verifyWebhook(signed({ header: both })).valid).toBe(true);
  });

  it('when it is required and wrong, then the error says which rule failed', () => {
    expect(() => requireSignature(signed())).not.toThrow();
    const refusal = catchError(() => requireSignature(signed({ body: Buffer.from('x') })));
    expect(isWaybillError(refusal, 'UNAUTHENTICATED') && refusal.details).toEqual({ problem: 'forged' });
  });
});

function catchError(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('Expected an error, but there was none.');
}
