import { createHash } from 'node:crypto';
import type { Message } from 'amqplib';
import type { Insertable } from 'kysely';
import type { QueueName } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { newId } from '#libs/kernel/ids.js';
import { originalHeaders, readDeadLetter } from '#libs/messaging/dead-letter.js';
import type { DeadLettersTable } from '../schema.js';

/** What travels beside the body, as its sender gave it. */
export interface Properties {
  readonly messageId: string;
  readonly priority?: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

const MAX_WORDS = 500;
/** What is longer is no envelope of ours: it is kept, not looked into. */
const MAX_READ_BYTES = 1 << 20;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/gu;

/** A message from the dead letters of `queue` as a row, whatever it is: no bytes make it fail, none are lost. */
export function readMessage(queue: QueueName, message: Message): Insertable<DeadLettersTable> {
  try {
    return readWhole(queue, message);
  } catch (error) {
    return readBodyOnly(queue, message, error);
  }
}

function readWhole(queue: QueueName, message: Message): Insertable<DeadLettersTable> {
  const { reason, handler, attempts, firstAt, lastAt, error } = readDeadLetter(message);
  const properties = propertiesOf(message);
  const { type, subject, correlationId } = fieldsOf(message.content);
  return {
    id: newId(),
    identity: identityOf(queue, properties.messageId, message.content),
    queue,
    reason: words(reason) ?? 'rejected',
    handler: words(handler),
    attempts,
    first_at: new Date(firstAt),
    last_at: new Date(lastAt),
    error: words(error),
    message_id: words(properties.messageId),
    type: words(type),
    subject: words(subject),
    order_id: words(correlationId),
    properties: JSON.stringify(properties),
    body: message.content,
    body_bytes: message.content.length,
    claimed_until: null,
    resolved_at: null,
  };
}

/**
 * A message of which nothing is kept but what it is: for one that says of itself what cannot be stored. What travelled beside
 * its body is lost, and `error` says so.
 */
export function readBodyOnly(queue: QueueName, message: Message, why: unknown): Insertable<DeadLettersTable> {
  const given: unknown = message.properties.messageId;
  const messageId = typeof given === 'string' ? given : '';
  const now = new Date();
  return {
    id: newId(),
    identity: identityOf(queue, messageId, message.content),
    queue,
    reason: 'rejected',
    handler: null,
    attempts: 0,
    first_at: now,
    last_at: now,
    error: words(`Its headers could not be kept: ${messageOf(why)}`),
    message_id: words(messageId),
    type: null,
    subject: null,
    order_id: null,
    properties: JSON.stringify({ messageId, headers: {} } satisfies Properties),
    body: message.content,
    body_bytes: message.content.length,
    claimed_until: null,
    resolved_at: null,
  };
}

function identityOf(queue: QueueName, messageId: string, body: Buffer): Buffer {
  return createHash('sha256').update(`${queue}\0${messageId}\0`).update(body).digest();
}

/** The opposite of what is written to `properties`. Bytes in a header come back as bytes. */
export function parseProperties(json: string): Properties {
  return JSON.parse(json, (_, value: unknown) => (isBytes(value) ? Buffer.from(value.data) : value)) as Properties;
}

function propertiesOf(message: Message): Properties {
  const { messageId, priority } = message.properties as { messageId?: unknown; priority?: unknown };
  return {
    messageId: typeof messageId === 'string' ? messageId : '',
    ...(typeof priority === 'number' && { priority }),
    headers: originalHeaders(message),
  };
}

function fieldsOf(body: Buffer): Partial<Record<'type' | 'subject' | 'correlationId', unknown>> {
  try {
    const parsed: unknown = body.length > MAX_READ_BYTES ? undefined : JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // that it is no JSON may be why it is here
  }
}

/** One line of text that Postgres can store. */
function words(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.slice(0, MAX_WORDS).replaceAll(UNPRINTABLE, '\u{FFFD}');
}

function isBytes(value: unknown): value is { readonly data: readonly number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'Buffer' &&
    'data' in value &&
    Array.isArray(value.data)
  );
}
