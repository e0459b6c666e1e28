import { crc32 } from 'node:zlib';
import type { EventType, Producer } from './events.js';

/** Topic exchange; the routing key is the event's type. */
export const EVENTS_EXCHANGE = 'waybill.events';

interface QueueRule {
  /** `priority`: messages of higher priority first. */
  readonly order: 'fifo' | 'priority';
  /** The event types it is bound to on EVENTS_EXCHANGE. None: it is addressed by its name, through a lane of its own. */
  readonly subscribes: readonly EventType[];
  readonly maxLength: number;
  /**
   * What a full queue does. Addressed queues refuse, and the backlog waits in the sender's outbox. Subscribed queues drop their
   * oldest message into their dead letters: a refusal would block the events, and duplicate them, for all others.
   */
  readonly whenFull: 'reject-publish' | 'drop-head';
  readonly ttlMs?: number;
  readonly prefetch: number;
}

const HOUR = 3_600_000;

/** Every queue that a service consumes. Its dead letters and its retry queues follow from its name. */
export const QUEUES = {
  /** What starts and commands the workflows. */
  'order-processing': {
    order: 'fifo',
    subscribes: [],
    maxLength: 10_000,
    whenFull: 'reject-publish',
    ttlMs: 24 * HOUR,
    prefetch: 10,
  },
  /** What the world reports about an order: it reaches the workflows as signals, so it may neither expire nor be dropped. */
  'order-facts': { order: 'fifo', subscribes: [], maxLength: 100_000, whenFull: 'reject-publish', prefetch: 10 },
  'email-notifications': {
    order: 'priority',
    subscribes: [],
    maxLength: 50_000,
    whenFull: 'reject-publish',
    ttlMs: 48 * HOUR,
    prefetch: 100,
  },
  'notifications-events': {
    order: 'fifo',
    subscribes: ['OrderConfirmed', 'OrderRejected', 'OrderCancelled', 'OrderShipped', 'OrderDelivered'],
    maxLength: 100_000,
    whenFull: 'drop-head',
    prefetch: 20,
  },
  'catalog-availability': {
    order: 'fifo',
    subscribes: ['StockLevelChanged'],
    maxLength: 100_000,
    whenFull: 'drop-head',
    prefetch: 50,
  },
  'catalog-orders': {
    order: 'fifo',
    subscribes: ['OrderConfirmed'],
    maxLength: 100_000,
    whenFull: 'drop-head',
    prefetch: 10,
  },
  'billing-events': {
    order: 'fifo',
    subscribes: [
      ...(['OrderPlaced', 'AmendApplied', 'OrderConfirmed', 'OrderRejecting', 'OrderCancelling'] as const),
      ...(['PaymentCaptured', 'RefundIssued'] as const),
    ],
    maxLength: 100_000,
    whenFull: 'drop-head',
    prefetch: 20,
  },
} as const satisfies Record<string, QueueRule>;

export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/**
 * Where messages are addressed to a queue, to its retries and its dead letters, by their names. The broker knows permissions
 * for exchanges only: whoever may publish to this one reaches nothing else.
 */
export function exchangeOf(queue: QueueName): string {
  return `waybill.to.${queue}`;
}

export function queueRule(queue: QueueName): QueueRule {
  return QUEUES[queue];
}

/**
 * The replayable log: every event that orders produces, kept for whoever wants to read it again. An order's events are all in
 * one partition, in order. The limits hold per partition; whoever has fallen behind them reads the log of orders itself.
 */
export const STREAMS = {
  producer: 'orders',
  partitions: 8,
  maxBytes: 1_000_000_000,
  maxAge: '7D',
  /** The broker forgets whole segments. */
  segmentBytes: 50_000_000,
} as const satisfies StreamRule;

interface StreamRule {
  readonly producer: Producer;
  readonly partitions: number;
  readonly maxBytes: number;
  /** In the broker's words: a number and one of Y, M, D, h, m, s. */
  readonly maxAge: string;
  readonly segmentBytes: number;
}

export const PARTITIONS: readonly number[] = Array.from({ length: STREAMS.partitions }, (_, partition) => partition);

export function streamOf(partition: number): string {
  return `waybill.stream.${partition}`;
}

/** The partition that an order's events are in. */
export function partitionOf(orderId: string): number {
  return crc32(orderId) % STREAMS.partitions;
}

/**
 * The queue of a process that wants to hear the news for itself: it is the process's alone, and gone when its connection is. It
 * holds no work, so the oldest is dropped when it is full: who listens must be able to miss some.
 */
export const NEWS_QUEUE = {
  exclusive: true,
  autoDelete: true,
  durable: false,
  arguments: { 'x-queue-type': 'classic', 'x-max-length': 10_000, 'x-overflow': 'drop-head' },
} as const;

export function newsQueueOf(service: string, process: string): string {
  return `news.${service}.${process}`;
}

/** Where an outbox's messages go: to the events' exchange, or to one queue's. Lanes do not wait for each other. */
export const LANES = ['events', 'order-processing', 'order-facts', 'email-notifications'] as const;
export type Lane = (typeof LANES)[number];

export function routingKeyOf(lane: Lane, type: EventType): string {
  return lane === 'events' ? type : lane;
}

/**
 * Where a message goes besides, in the same publish and under the same confirm: the broker routes it by each name in its BCC
 * header too, and takes the header off. Orders' events reach their stream so, without a second row in the outbox.
 */
export function copiesOf(lane: Lane, producer: string, subject: string): Readonly<Record<string, readonly string[]>> {
  if (lane !== 'events' || producer !== STREAMS.producer) return {};
  return { BCC: [streamOf(partitionOf(subject))] };
}

export interface Destination {
  readonly exchange: string;
  /** The broker gives back what reaches no queue. An event that nobody subscribes to is no mistake; a missing queue is. */
  readonly mandatory: boolean;
  /** A full queue refuses; what is published for many at once is never refused for one of them. */
  readonly mayRefuse: boolean;
}

export function destinationOf(lane: Lane): Destination {
  if (lane === 'events') return { exchange: EVENTS_EXCHANGE, mandatory: false, mayRefuse: false };
  return { exchange: exchangeOf(lane), mandatory: true, mayRefuse: true };
}

/** How long a message waits after its first and its second failed attempt. The third is the last. */
export const RETRY_DELAYS = { '1s': 1_000, '10s': 10_000 } as const;
export type RetryDelay = keyof typeof RETRY_DELAYS;
export const MAX_ATTEMPTS = 3;

export function deadLettersOf(queue: QueueName): string {
  return `${queue}-dlq`;
}

export function retryQueueOf(queue: QueueName, delay: RetryDelay): string {
  return `${queue}.retry.${delay}`;
}

/**
 * A fuse against a message that kills its consumer again and again, not a count of attempts: those are in our own header.
 * Before 4.3 every return counts, also that of a healthy message while a dependency is away. A day of probing at five-second
 * intervals stays below it.
 */
const DELIVERY_FUSE = 20_000;
/** Of classic queues. Quorum queues order by priority from 4.3 on by themselves, and refuse the argument. */
const MAX_PRIORITY = 9;

interface QueueDeclaration {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

/** Every exchange. */
export const EXCHANGES: readonly { readonly name: string; readonly type: 'topic' | 'direct' }[] = [
  { name: EVENTS_EXCHANGE, type: 'topic' },
  ...QUEUE_NAMES.map((queue) => ({ name: exchangeOf(queue), type: 'direct' }) as const),
];

/** Every queue with its arguments. The same ones are valid on RabbitMQ 3.10 and on 4.x, but for priorities: quorum queues have them from 4.3. */
export function queueDeclarations(serverVersion: string): QueueDeclaration[] {
  return QUEUE_NAMES.flatMap((queue) => [
    { name: deadLettersOf(queue), arguments: { 'x-queue-type': 'quorum' } },
    { name: queue, arguments: queueArguments(queue, serverVersion) },
    ...(Object.keys(RETRY_DELAYS) as RetryDelay[]).map((delay) => ({
      name: retryQueueOf(queue, delay),
      arguments: retryArguments(queue, delay),
    })),
  ]);
}

const STREAM_ARGUMENTS = {
  'x-queue-type': 'stream',
  'x-max-length-bytes': STREAMS.maxBytes,
  'x-max-age': STREAMS.maxAge,
  'x-stream-max-segment-size-bytes': STREAMS.segmentBytes,
};

export const STREAM_DECLARATIONS: readonly QueueDeclaration[] = PARTITIONS.map((partition) => ({
  name: streamOf(partition),
  arguments: STREAM_ARGUMENTS,
}));

interface Binding {
  readonly exchange: string;
  readonly queue: string;
  readonly routingKey: string;
}

/** Which routing keys lead from which exchange to which queue or stream. */
export function bindings(): Binding[] {
  const streams = STREAM_DECLARATIONS.map(({ name }) => ({ exchange: EVENTS_EXCHANGE, queue: name, routingKey: name }));
  return [...QUEUE_NAMES.flatMap(bindingsOf), ...streams];
}

function bindingsOf(queue: QueueName): Binding[] {
  const delays = Object.keys(RETRY_DELAYS) as RetryDelay[];
  const addressed = [queue, deadLettersOf(queue), ...delays.map((delay) => retryQueueOf(queue, delay))];
  return [
    ...queueRule(queue).subscribes.map((routingKey) => ({ exchange: EVENTS_EXCHANGE, queue, routingKey })),
    ...addressed.map((name) => ({ exchange: exchangeOf(queue), queue: name, routingKey: name })),
  ];
}

function queueArguments(queue: QueueName, serverVersion: string): QueueDeclaration['arguments'] {
  const { order, maxLength, whenFull, ttlMs } = queueRule(queue);
  const quorum = order === 'fifo' || hasPriorityQuorumQueues(serverVersion);
  return {
    'x-queue-type': quorum ? 'quorum' : 'classic',
    'x-max-length': maxLength,
    'x-overflow': whenFull,
    ...(ttlMs !== undefined && { 'x-message-ttl': ttlMs }),
    ...(order === 'priority' && !quorum && { 'x-max-priority': MAX_PRIORITY }),
    ...(quorum && { 'x-delivery-limit': DELIVERY_FUSE }),
    ...deadLetteringTo(deadLettersOf(queue)),
    ...(quorum && whenFull === 'reject-publish' && { 'x-dead-letter-strategy': 'at-least-once' }),
  };
}

/** Waits, then goes back to where it came from. */
function retryArguments(queue: QueueName, delay: RetryDelay): QueueDeclaration['arguments'] {
  return {
    'x-queue-type': 'quorum',
    'x-message-ttl': RETRY_DELAYS[delay],
    'x-max-length': queueRule(queue).maxLength,
    'x-overflow': 'reject-publish',
    ...deadLetteringTo(queue),
    'x-dead-letter-strategy': 'at-least-once',
  };
}

function deadLetteringTo(queue: string): QueueDeclaration['arguments'] {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue };
}

function hasPriorityQuorumQueues(serverVersion: string): boolean {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  return major > 4 || (major === 4 && minor >= 3);
}
