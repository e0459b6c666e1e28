import { counter, gauge, histogram } from '#libs/telemetry/metrics.js';

export const published = counter('waybill_messages_published_total', 'Messages handed to the broker, by what it said', [
  'lane',
  'outcome',
]);
export const publishing = histogram(
  'waybill_message_publish_seconds',
  'From handing messages to the broker to its last word on them',
  ['lane'],
);
export const consumed = counter(
  'waybill_messages_consumed_total',
  'Messages taken from a queue, by what became of them',
  ['queue', 'type', 'outcome'],
);
export const deadLettered = counter('waybill_messages_dead_lettered_total', 'Messages given up, by reason', [
  'queue',
  'reason',
]);
export const handling = histogram('waybill_message_handling_seconds', 'Time that a handler took', ['queue', 'type']);
export const outboxBacklog = gauge('waybill_outbox_backlog', 'Messages that the broker has not confirmed yet', [
  'lane',
]);
export const outboxOldest = gauge(
  'waybill_outbox_oldest_seconds',
  'Age of the oldest message that the broker has not confirmed yet',
  ['lane'],
);
export const outboxLeader = gauge('waybill_outbox_leader', '1 in the process whose relay is the active one');
export const consumerPaused = gauge('waybill_consumer_paused', '1 while a queue waits for a dependency', ['queue']);
