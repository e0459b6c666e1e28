import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryData } from '#libs/testing/arbitrary-event.js';
import { recordedEnvelopes } from '#libs/testing/recorded-events.js';
import { definitionOf, EVENT_TYPES, isEventType, versionOf } from '../events.js';
import { readEvent } from './read-event.js';

const occurredAt = '2026-11-20T10:00:00.000Z';
const everyVersion = EVENT_TYPES.flatMap((type) =>
  definitionOf(type).versions.map((_, index) => ({ type, schemaVersion: index + 1 })),
);

describe('an event', () => {
  it.each(everyVersion)(
    '$type of version $schemaVersion, whatever it carries, becomes one of the newest',
    ({ type, schemaVersion }) => {
      fc.assert(
        fc.property(arbitraryData(type, schemaVersion), (data) => {
          const read = readEvent(type, { schemaVersion, occurredAt, data });
          expect(read).toEqual({ data: expect.anything() });
          if ('data' in read) expect(definitionOf(type).newest.parse(read.data)).toEqual(read.data);
        }),
      );
    },
  );

  it('of the first version says what it could not say then', () => {
    const [placed, captured] = ['OrderPlaced', 'PaymentCaptured'].map((type) =>
      recordedEnvelopes().find((envelope) => envelope.type === type && envelope.schemaVersion === 1),
    );
    expect(readEvent('OrderPlaced', placed as never)).toMatchObject({
      data: { customerId: 'cus-ada', placedBy: { subject: 'cus-ada', kind: 'customer' } },
    });
    expect(readEvent('PaymentCaptured', captured as never)).toMatchObject({
      data: { provider: 'stripe', capturedAt: captured?.occurredAt },
    });
  });

  it('of a version to come is not guessed at', () => {
    const read = readEvent('OrderRejecting', {
      schemaVersion: 9,
      occurredAt,
      data: { orderId: 'o-1', reason: 'NOT_SERVED' },
    });
    expect(read).toMatchObject({
      problem: 'unknown-version',
      message: expect.stringContaining('versions 1 to 1 here, not 9'),
    });
  });
});

describe('the events that were recorded of the first release', () => {
  it('can all be read', () => {
    const unreadable = recordedEnvelopes().filter(
      ({ type, ...recorded }) => !isEventType(type) || 'problem' in readEvent(type, recorded),
    );
    expect(unreadable).toEqual([]);
    expect(recordedEnvelopes().some(({ type, schemaVersion }) => schemaVersion < versionOf(type))).toBe(true);
  });
});
