import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { diag, DiagLogLevel, SpanKind, SpanStatusCode, trace, type HrTime, type Link } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { logger } from '../logger.js';
import { onFinished, type FinishedSpan } from './finished-span.js';
import { readTraceparent } from './traceparent.js';

/** A collector that is away must not hold up a stop: what it did not take in this time is lost. */
const LAST_EXPORT_MS = 1_000;

/**
 * OpenTelemetry's SDK. It reads OTEL_EXPORTER_OTLP_*, OTEL_TRACES_SAMPLER*, OTEL_RESOURCE_ATTRIBUTES and OTEL_BSP_* from the
 * environment itself. Loaded only where spans are exported.
 */
export function exportSpans(service: string): () => Promise<void> {
  const report = (message: string): void => logger().warn({ reason: message.slice(0, 300) }, 'spans were not exported');
  const silent = (): void => undefined;
  const levels = { error: report, warn: report, info: silent, debug: silent, verbose: silent };
  diag.setLogger(levels, { logLevel: DiagLogLevel.WARN });
  const resource = detectResources({ detectors: [envDetector] }).merge(
    resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'waybill',
      'service.instance.id': `${hostname()}/${process.pid}`,
    }),
  );
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  trace.setGlobalTracerProvider(provider);
  onFinished((span) => {
    const readable = readableSpan(span, resource);
    if (readable) processor.onEnd(readable);
  });
  return () => Promise.race([provider.shutdown().catch(silent), pause(LAST_EXPORT_MS)]);
}

/** As the SDK would have made it. The processor itself leaves out what is not sampled. */
function readableSpan(span: FinishedSpan, resource: Resource): ReadableSpan | undefined {
  const own = readTraceparent(span.traceparent);
  if (own === undefined) return undefined;
  const parent = readTraceparent(span.parent);
  const links = (span.links ?? []).flatMap((link): Link[] => {
    const linked = readTraceparent(link);
    return linked ? [{ context: linked }] : [];
  });
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ ...own, isRemote: false }),
    ...(parent && { parentSpanContext: parent }),
    startTime: hrTime(span.startedAtMs),
    endTime: hrTime(span.endedAtMs),
    duration: hrTime(span.endedAtMs - span.startedAtMs),
    status: { code: SpanStatusCode.UNSET },
    attributes: span.attributes ?? {},
    links,
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'waybill' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
}
