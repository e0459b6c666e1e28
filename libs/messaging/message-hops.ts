import type { ConsumeMessage } from 'amqplib';
import { isSpanContextValid, SpanKind } from '@opentelemetry/api';
import { EVENTS_EXCHANGE, type Lane, type QueueName } from '#libs/contracts/topology.js';
import { writeTraceparent } from '#libs/telemetry/tracing/traceparent.js';
import { beginHop, hop, markFailed } from '#libs/telemetry/tracing/hop.js';
import type { Envelope } from './envelope.js';
import type { PublishOutcome } from './publisher.js';

const SYSTEM = { 'messaging.system': 'rabbitmq' };
/** What begins a trace. */
const NOWHERE = { traceparent: undefined };

export interface Sending {
  /** What goes with the message, so that whoever takes it goes on from here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly end: (outcome: PublishOutcome) => void;
}

/** A message on its way from the outbox to the broker: a hop of the trace in which it was written. */
export function beginSending(lane: Lane, routingKey: string, messageId: string, written: Sending['headers']): Sending {
  const destination = lane === 'events' ? `${EVENTS_EXCHANGE}:${routingKey}` : routingKey;
  const attributes = { ...SYSTEM, 'messaging.destination.name': destination, 'messaging.message.id': messageId };
  const { span } = beginHop(`send ${destination}`, {
    kind: SpanKind.PRODUCER,
    from: { traceparent: written['traceparent'] },
    attributes,
  });
  const sent = span.spanContext();
  return {
    headers: isSpanContextValid(sent) ? { ...written, traceparent: writeTraceparent(sent) } : written,
    end: (outcome) => {
      if (outcome !== 'confirmed') markFailed(span, outcome);
      span.end();
    },
  };
}

/** A message that is being handled: a hop of the trace in which it was sent. */
export function processing(
  queue: QueueName,
  { type, id }: Envelope,
  { properties }: ConsumeMessage,
  work: () => Promise<void>,
): Promise<void> {
  const attributes = {
    ...SYSTEM,
    'messaging.destination.name': queue,
    'messaging.message.id': id,
    'waybill.message.type': type,
  };
  const from = { traceparent: properties.headers?.['traceparent'] as unknown };
  return hop(`process ${queue}`, { kind: SpanKind.CONSUMER, from, attributes }, work);
}

/** As many traces as a batch is linked to, at most. */
const MOST_LINKS = 100;

/** Messages of many orders that are handled as one: a trace of its own, linked to theirs. */
export function processingBatch<Result>(
  source: string,
  sent: readonly unknown[],
  work: () => Promise<Result>,
): Promise<Result> {
  const attributes = {
    ...SYSTEM,
    'messaging.destination.name': source,
    'messaging.batch.message_count': sent.length,
  };
  const links = [...new Set(sent)].slice(0, MOST_LINKS);
  return hop(`process ${source}`, { kind: SpanKind.CONSUMER, from: NOWHERE, links, attributes }, work);
}
