import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EVENT_PRODUCERS, type EventType } from '#libs/contracts/events.js';
import { isId } from '#libs/kernel/ids.js';
import { newEnvelope, parseEnvelope, serialiseEnvelope, type Envelope } from './envelope.js';
import { Poison } from './failures.js';

const types = fc.constantFrom(...(Object.keys(EVENT_PRODUCERS) as EventType[]));
const text = fc.string({ minLength: 1 });

/** Whatever its producer says; `data` is not looked into by the frame. */
const envelopes = fc
  .record({
    type: types,
    subject: text,
    sequence: fc.integer({ min: 1 }),
    correlationId: text,
    // No event has such a field; parsing leaves it out, so that nothing of an envelope can become a prototype.
    data: fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      fc.jsonValue(),
    ),
  })
  .map((parts) => newEnvelope<EventType>({ ...parts, producer: EVENT_PRODUCERS[parts.type] } as never));

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
