import { z } from 'zod';
import { readEvent } from '#libs/contracts/events/read-event.js';
import {
  definitionOf,
  isEventType,
  versionOf,
  type EventData,
  type EventType,
  type ProducerOf,
} from '#libs/contracts/events.js';
import { newId, type EventId } from '#libs/kernel/ids.js';
import { Poison } from './failures.js';

/** What travels: one event, and where it stands in the history of its subject. */
export interface Envelope<Type extends EventType = EventType> {
  readonly id: EventId;
  readonly type: Type;
  /** Version of the shape of `data`. */
  readonly schemaVersion: number;
  readonly producer: ProducerOf<Type>;
  /** The aggregate's id. */
  readonly subject: string;
  /** Gapless per producer and subject, from 1; an order's is its version. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly occurredAt: string;
  /** Id of the message or command that made this one. */
  readonly causationId: string | null;
  /** The order's id wherever there is one, else the subject. */
  readonly correlationId: string;
  readonly data: EventData[Type];
}

/** An envelope of any type: narrow it by `type`. */
export type AnyEnvelope = { readonly [Type in EventType]: Envelope<Type> }[EventType];

export interface NewEnvelope<Type extends EventType> {
  readonly type: Type;
  readonly producer: ProducerOf<Type>;
  readonly subject: string;
  readonly sequence: number;
  readonly data: EventData[Type];
  readonly correlationId?: string;
  readonly causationId?: string | null;
  /** Given where a repetition must make the same id (`derivedId`). */
  readonly id?: EventId;
  readonly occurredAt?: Date;
}

export function newEnvelope<Type extends EventType>(of: NewEnvelope<Type>): Envelope<Type> {
  return {
    id: of.id ?? newId<EventId>(),
    type: of.type,
    schemaVersion: versionOf(of.type),
    producer: of.producer,
    subject: of.subject,
    sequence: of.sequence,
    occurredAt: (of.occurredAt ?? new Date()).toISOString(),
    causationId: of.causationId ?? null,
    correlationId: of.correlationId ?? of.subject,
    data: of.data,
  };
}

/** The frame around `data`. Unknown fields are let through for newer producers. */
const frame = z.looseObject({
  id: z.uuid(),
  type: z.string().min(1),
  schemaVersion: z.int().min(1),
  producer: z.string().min(1),
  subject: z.string().min(1),
  sequence: z.int().min(1),
  occurredAt: z.iso.datetime({ offset: true }),
  causationId: z.string().min(1).nullable(),
  correlationId: z.string().min(1),
  data: z.record(z.string(), z.unknown()),
});

export function serialiseEnvelope(envelope: Envelope): string {
  return JSON.stringify(envelope);
}

/**
 * Reads a message's body. An event of an older version comes out as one of the newest.
 * @throws Poison when it is no envelope, when its type comes from another producer than the one that owns it, or when its
 * data is not what its type and version say.
 */
export function parseEnvelope(body: string): Envelope {
  const result = frame.safeParse(parseJson(body));
  if (!result.success) {
    const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw new Poison('malformed', `The message is not an envelope: ${issues.join('; ')}`);
  }
  const { type, producer } = result.data;
  // Whoever has no handler for it says so; here nothing is known of it.
  if (!isEventType(type)) return result.data as unknown as Envelope;
  const owner = definitionOf(type).producer;
  if (owner !== producer) throw new Poison('malformed', `${type} comes from ${owner} only, not from ${producer}`);
  const read = readEvent(type, result.data);
  if ('problem' in read) throw new Poison(read.problem, read.message);
  return { ...result.data, schemaVersion: versionOf(type), data: read.data } as unknown as Envelope;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Poison('malformed', 'The message is not JSON', { cause });
  }
}
