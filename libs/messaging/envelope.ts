import { z } from 'zod';
import { EVENT_PRODUCERS, type EventData, type EventType } from '#libs/contracts/events.js';
import { newId, type EventId } from '#libs/kernel/ids.js';
import { Poison } from './failures.js';

/** What travels: one event, and where it stands in the history of its subject. */
export interface Envelope<Type extends EventType = EventType> {
  readonly id: EventId;
  readonly type: Type;
  /** Version of the shape of `data`. */
  readonly schemaVersion: number;
  readonly producer: (typeof EVENT_PRODUCERS)[Type];
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
  readonly producer: (typeof EVENT_PRODUCERS)[Type];
  readonly subject: string;
  readonly sequence: number;
  readonly data: EventData[Type];
  readonly correlationId?: string;
  readonly causationId?: string | null;
  readonly schemaVersion?: number;
  /** Given where a repetition must make the same id (`derivedId`). */
  readonly id?: EventId;
  readonly occurredAt?: Date;
}

export function newEnvelope<Type extends EventType>(of: NewEnvelope<Type>): Envelope<Type> {
  return {
    id: of.id ?? newId<EventId>(),
    type: of.type,
    schemaVersion: of.schemaVersion ?? 1,
    producer: of.producer,
    subject: of.subject,
    sequence: of.sequence,
    occurredAt: (of.occurredAt ?? new Date()).toISOString(),
    causationId: of.causationId ?? null,
    correlationId: of.correlationId ?? of.subject,
    data: of.data,
  };
}

/** The frame around `data`. What `data` holds is its handler's business; unknown fields are let through for newer producers. */
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
 * Reads a message's body.
 * @throws Poison when it is no envelope, or when its type comes from another producer than the one that owns it.
 */
export function parseEnvelope(body: string): Envelope {
  const result = frame.safeParse(parseJson(body));
  if (!result.success) {
    const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw new Poison('malformed', `The message is not an envelope: ${issues.join('; ')}`);
  }
  const { type, producer } = result.data;
  const owner = isEventType(type) ? EVENT_PRODUCERS[type] : producer;
  if (owner !== producer) throw new Poison('malformed', `${type} comes from ${owner} only, not from ${producer}`);
  return result.data as unknown as Envelope;
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_PRODUCERS, type);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Poison('malformed', 'The message is not JSON', { cause });
  }
}
