import type { ConsumeMessage } from 'amqplib';
import { isSpanContextValid, SpanKind } from '@opentelemetry/api';
import { destinationOf, type Lane, type QueueName } from '#libs/contracts/topology.js';
import { isId } from '#libs/kernel/ids.js';
import { writeTraceparent } from '#libs/telemetry/tracing/traceparent.js';
import { beginHop, hop, markFailed } from '#libs/telemetry/tracing/hop.js';
import type { Envelope } from './envelope.js';
import type { PublishOutcome } from './publisher.js';

const SYSTEM = { 'messaging.system': 'rabbitmq' };

export interface Sending {
  /** What goes with the message, so that whoever takes it goes on from here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly end: (outcome: PublishOutcome) => void;
}

/** A message on its way from the outbox to the broker: a hop of the trace in which it was written. */
export function beginSending(lane: Lane, routingKey: string, messageId: string, written: Sending['headers']): Sending {
  const destination = [destinationOf(lane).exchange, routingKey].filter(Boolean).join(':');
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
  { type, correlationId, id }: Envelope,
  { properties }: ConsumeMessage,
  work: () => Promise<void>,
): Promise<void> {
  const attributes = {
    ...SYSTEM,
    'messaging.destination.name': queue,
    'messaging.message.id': id,
    'waybill.message.type': type,
    ...(isId(correlationId) && { 'waybill.order.id': correlationId }),
  };
  const from = { traceparent: properties.headers?.['traceparent'] as unknown };
  return hop(`process ${queue}`, { kind: SpanKind.CONSUMER, from, attributes }, work);
}
