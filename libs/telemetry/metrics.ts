import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The process's metrics, as /metrics shows them. */
export const metrics = new Registry();

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** At the library's own 10 ms, an idle process spends most of its time on waking up to look whether it was late. */
const EVENT_LOOP_SAMPLE_MS = 100;

export function collectProcessMetrics(service: string): void {
  metrics.setDefaultLabels({ service });
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
}

export function counter<Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Counter<Label> {
  return existing<Counter<Label>>(name) ?? new Counter({ name, help, labelNames, registers: [metrics] });
}

export function gauge<Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Gauge<Label> {
  return existing<Gauge<Label>>(name) ?? new Gauge({ name, help, labelNames, registers: [metrics] });
}

/** Durations in seconds. */
export function histogram<Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
  buckets = SECONDS,
): Histogram<Label> {
  return existing<Histogram<Label>>(name) ?? new Histogram({ name, help, labelNames, buckets, registers: [metrics] });
}

/** A metric asked for twice is the same one: modules may be made more than once in a process, as tests do. */
function existing<Metric>(name: string): Metric | undefined {
  return metrics.getSingleMetric(name) as Metric | undefined;
}
