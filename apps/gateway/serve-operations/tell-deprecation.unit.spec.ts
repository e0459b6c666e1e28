import { describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { tellDeprecation } from './tell-deprecation.js';

type Reply = Parameters<typeof tellDeprecation>[1];

function told(deprecation?: { since: string; sunset: string; link: string }): Record<string, unknown> {
  const sent: Record<string, unknown> = {};
  const reply = { headers: (headers: object) => void Object.assign(sent, headers) } as unknown as Reply;
  tellDeprecation(deprecation ? { deprecation } : {}, reply);
  return sent;
}

describe('a route that will go', () => {
  it('says since when, until when, and where to read what to use instead', () => {
    expect(told({ since: '2026-11-20', sunset: '2027-05-20', link: '/docs' })).toEqual({
      deprecation: '@1795132800',
      sunset: 'Thu, 20 May 2027 00:00:00 GMT',
      link: '</docs>; rel="deprecation"',
    });
  });

  it('is served for half a year at least; one that stays says nothing', () => {
    expect(told()).toEqual({});
    const halfYear = 180 * 86_400_000;
    const tooSoon = OPERATIONS.filter(
      ({ deprecation: gone }) => gone !== undefined && Date.parse(gone.sunset) - Date.parse(gone.since) < halfYear,
    );
    expect(tooSoon).toEqual([]);
  });
});
