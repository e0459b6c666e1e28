import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** There are two files of this size at most: what is newest, and what was before it. */
const MOST_BYTES = 16_000_000;
const MOST_BODY_BYTES = 8_000_000;

/**
 * Keeps the newest spans of a system that runs here, a JSON line each, for `npx waybill trace`: as small a collector as takes
 * OTLP over HTTP, in JSON, on the loopback interface.
 * @param {{ port: number, folder: string }} options
 */
export async function collectTraces({ port, folder }) {
  const traces = join(folder, 'traces');
  await mkdir(traces, { recursive: true, mode: 0o700 });
  const file = join(traces, 'spans.ndjson');
  let kept = Promise.resolve();
  const server = createServer(async (request, response) => {
    const answer = (status) => response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    if (request.method !== 'POST' || request.url !== '/v1/traces') return answer(404);
    try {
      const lines = spansOf(JSON.parse(await textOf(request))).map((span) => `${JSON.stringify(span)}\n`);
      // What could not be kept before is lost, and no reason not to keep this.
      kept = kept.catch(() => undefined).then(() => keep(file, lines.join('')));
      await kept;
      answer(200);
    } catch {
      answer(400);
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function keep(file, lines) {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size > MOST_BYTES) await rename(file, file.replace('spans', 'spans.before'));
  await appendFile(file, lines, { mode: 0o600 });
}

async function textOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) throw new Error('more than anybody here sends');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function spansOf({ resourceSpans = [] }) {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const { 'service.name': service } = read(resource?.attributes);
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => ({ service, ...plain(span) })));
  });
}

/** OTLP's span as it is read here: times in milliseconds, attributes as an object. */
function plain({ traceId, spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, status, attributes, links }) {
  const [start, end] = [ms(startTimeUnixNano), ms(endTimeUnixNano)];
  return {
    traceId,
    spanId,
    ...(parentSpanId && { parentSpanId }),
    name,
    start,
    ms: Math.max(0, end - start),
    ...(status?.code === 2 && { failed: true }),
    attributes: read(attributes),
    links: (links ?? []).map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
  };
}

/** Microseconds are as exact as clocks of several processes agree. */
function ms(nanoseconds) {
  return Number(BigInt(nanoseconds) / 1_000n) / 1_000;
}

function read(attributes = []) {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? Number(value.intValue ?? value.doubleValue),
    ]),
  );
}
