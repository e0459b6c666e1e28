import { counter, gauge, histogram } from '#libs/telemetry/metrics.js';

/** `repeated`: it was there already. `fetched`: it came from the log of orders, to fill a gap. */
export const projected = counter(
  'waybill_projection_events_total',
  'Events of orders, by what a projection did with them',
  ['projection', 'outcome'],
);
export const oddities = counter(
  'waybill_projection_oddities_total',
  'Messages of a stream that are no event of its partition',
);
export const lag = histogram(
  'waybill_projection_lag_seconds',
  'From the recording of an event to its projection',
  [],
  [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
);
export const partitionsHeld = gauge('waybill_projection_partitions', 'Partitions that this process reads');
export const stopped = gauge('waybill_projection_stopped', '1 while a projection cannot read an event of a partition', [
  'projection',
  'partition',
]);
