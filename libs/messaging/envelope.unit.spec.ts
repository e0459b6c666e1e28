import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { definitionOf, EVENT_TYPES, type EventType } from '#libs/contracts/events.js';
import { isId } from '#libs/kernel/ids.js';
import { arbitraryData } from '#libs/testing/arbitrary-event.js';
import { newEnvelope, parseEnvelope, serialiseEnvelope, type Envelope } from './envelope.js';
import { Poison } from './failures.js';

const text = fc.string({ minLength: 1 });

/** Any event that its producer may send. */
const envelopes = fc
  .constantFrom(...EVENT_TYPES)
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      producer: fc.constant(definitionOf(type).producer),
      subject: text,
      sequence: fc.integer({ min: 1 }),
      correlationId: text,
      data: arbitraryData(type),
    }),
  )
  .map((parts) => newEnvelope<EventType>(parts as never));

describe('an envelope', () => {
  it('given any event, when it is serialised and parsed, then it is the same', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        expect(parseEnvelope(serialiseEnvelope(envelope))).toEqual(JSON.parse(JSON.stringify(envelope)));
      }),
    );
  });

  it('given no more than its subject, when it is made, then it gets an id, a time and the subject as its correlation', () => {
    const envelope = newEnvelope({
      type: 'OrderRejecting',
      producer: 'orders',
      subject: 'o-1',
      sequence: 3,
      data: { orderId: 'o-1', reason: 'NOT_SERVED' },
    });

    expect(envelope).toMatchObject({ schemaVersion: 1, causationId: null, correlationId: 'o-1', sequence: 3 });
    expect(isId(envelope.id)).toBe(true);
    expect(Date.parse(envelope.occurredAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('given any text that is no envelope, when it is parsed, then it is poison and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant('null'), fc.constant('[]')), (body) => {
        expect(() => parseEnvelope(body)).toThrow(Poison);
      }),
    );
  });

  it.each(['id', 'type', 'schemaVersion', 'producer', 'subject', 'sequence', 'occurredAt', 'correlationId', 'data'])(
    'given an envelope without %s, when it is parsed, then it is malformed and the field is named',
    (field) => {
      const whole = JSON.parse(serialiseEnvelope(someEnvelope())) as Record<string, unknown>;
      const { [field]: _, ...rest } = whole;

      expect(() => parseEnvelope(JSON.stringify(rest))).toThrow(
        expect.objectContaining({ reason: 'malformed', message: expect.stringContaining(field) }),
      );
    },
  );

  it('given a type from another producer than its owner, when it is parsed, then it is malformed', () => {
    const forged = JSON.stringify({ ...someEnvelope(), producer: 'payments' });

    expect(() => parseEnvelope(forged)).toThrow(/OrderRejecting comes from orders only/);
  });

  it('given data that is not what its type says, when it is parsed, then it is malformed and the field is named', () => {
    const broken = JSON.stringify({ ...someEnvelope(), data: { orderId: 'o-1', reason: 'BORED' } });

    expect(() => parseEnvelope(broken)).toThrow(
      expect.objectContaining({ reason: 'malformed', message: expect.stringContaining('data.reason') }),
    );
  });

  it('given a version that is not known yet, when it is parsed, then it says that the reader is too old', () => {
    const newer = JSON.stringify({ ...someEnvelope(), schemaVersion: 7 });

    expect(() => parseEnvelope(newer)).toThrow(
      expect.objectContaining({ reason: 'unknown-version', message: expect.stringContaining('upgrade the reader') }),
    );
  });

  it('given a type of a newer version of its producer, when it is parsed, then the frame is accepted', () => {
    const newer = { ...someEnvelope(), type: 'OrderGiftWrapped', newField: 1 };

    expect(parseEnvelope(JSON.stringify(newer))).toEqual(newer);
  });
});

function someEnvelope(): Envelope {
  return newEnvelope({
    type: 'OrderRejecting',
    producer: 'orders',
    subject: 'o-1',
    sequence: 3,
    data: { orderId: 'o-1', reason: 'NOT_SERVED' },
  });
}
