import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { WaybillError } from '#libs/kernel/errors.js';
import { withLogContext } from '../logger.js';
import { currentTraceparent } from './current-trace.js';
import { recordFinished } from './finished-span.js';
import { hop } from './hop.js';
import { startTracing } from './start-tracing.js';
import { readTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = SAMPLED.replace(/01$/, '00');
const ORDER = '0198c0de-0000-7000-8000-000000000001';

interface Exported {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: { readonly key: string; readonly value: object }[];
  readonly links?: { readonly traceId: string }[];
  readonly status: { readonly code?: number };
}

let collector: Server;
let stop: () => Promise<void>;
const spans: Exported[] = [];
const services = new Set<string>();

beforeAll(async () => {
  collector = createServer((request, response) => {
    void take(request).then(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  stop = await startTracing('tested', process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  await exercise();
  await stop();
});
afterAll(() => void collector.close());

interface Export {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: { readonly value: { readonly stringValue: string } }[] };
    readonly scopeSpans: { readonly spans: Exported[] }[];
  }[];
}

async function take(request: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as Export;
  for (const { resource, scopeSpans } of resourceSpans) {
    for (const { value } of resource.attributes) services.add(value.stringValue);
    spans.push(...scopeSpans.flatMap((scope) => scope.spans));
  }
}

async function exercise(): Promise<void> {
  await hop('outer', { kind: SpanKind.SERVER, from: { traceparent: SAMPLED } }, () =>
    withLogContext({ orderId: ORDER }, () => hop('inner', { kind: SpanKind.CLIENT }, async () => undefined)),
  );
  await hop(
    'batch',
    { kind: SpanKind.CONSUMER, from: { traceparent: undefined }, links: [SAMPLED, 'none'] },
    async () => undefined,
  );
  const refused = hop('refused', { kind: SpanKind.CLIENT, from: { traceparent: SAMPLED } }, async () => {
    throw new WaybillError('UNAVAILABLE', 'Ada Lovelace is not at home');
  });
  await refused.catch(() => undefined);
  await hop('not recorded', { kind: SpanKind.SERVER, from: { traceparent: UNSAMPLED } }, async () => {
    expect(readTraceparent(currentTraceparent())).toMatchObject({ traceId: TRACE, traceFlags: 0 });
  });
  const own = `00-${TRACE}-00000000000000aa-01`;
  recordFinished({ name: 'RunWorkflow', traceparent: own, parent: SAMPLED, startedAtMs: 1_000, endedAtMs: 2_500 });
  recordFinished({ name: 'not recorded', traceparent: own.replace(/01$/, '00'), startedAtMs: 1_000, endedAtMs: 2_500 });
}

const named = (name: string): Exported | undefined => spans.find((span) => span.name === name);

describe('spans that are exported', () => {
  it('tell their service', () => {
    expect(services).toContain('tested');
  });

  it('hang below what came with the work, and below each other', () => {
    expect(named('outer')).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
    expect(named('inner')).toMatchObject({ traceId: TRACE, parentSpanId: named('outer')?.spanId });
  });

  it('tell the order once it is known', () => {
    expect(named('outer')?.attributes).toContainEqual({ key: 'waybill.order.id', value: { stringValue: ORDER } });
  });

  it('of a batch begin a trace that is linked to those of its messages', () => {
    expect(named('batch')?.traceId).not.toBe(TRACE);
    expect(named('batch')?.links?.map(({ traceId }) => traceId)).toEqual([TRACE]);
  });

  it('of what failed tell the code, and no message', () => {
    expect(named('refused')?.status.code).toBe(2);
    expect(named('refused')?.attributes).toEqual([{ key: 'error.type', value: { stringValue: 'UNAVAILABLE' } }]);
    expect(JSON.stringify(spans)).not.toContain('Lovelace');
  });

  it('are not made where the caller records nothing', () => {
    expect(named('not recorded')).toBeUndefined();
  });

  it('of workflows keep the ids that the sandbox gave them', () => {
    expect(named('RunWorkflow')).toMatchObject({
      traceId: TRACE,
      spanId: '00000000000000aa',
      parentSpanId: 'b7ad6b7169203331',
    });
  });
});
