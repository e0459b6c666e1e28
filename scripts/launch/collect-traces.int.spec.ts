import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

interface Collector {
  readonly url: string;
  readonly close: () => void;
}
// The launcher is plain JavaScript, without types.
const FILE = new URL('./collect-traces.mjs', import.meta.url).href;
const { collectTraces } = (await import(FILE)) as {
  collectTraces: (options: { port: number; folder: string }) => Promise<Collector>;
};

let folder: string;
let spans: string;
let collector: Collector;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-traces-'));
  spans = join(folder, 'traces', 'spans.ndjson');
  collector = await collectTraces({ port: await freePort(), folder });
});
afterEach(async () => {
  collector.close();
  await rm(folder, { recursive: true });
});

it('given spans that could not be kept, then those that come after are', async () => {
  await mkdir(spans, { recursive: true });
  expect(await send('lost')).toBe(400);
  await rm(spans, { recursive: true });
  expect(await send('kept')).toBe(200);
  expect(JSON.parse(await readFile(spans, 'utf8'))).toMatchObject({ service: 'orders', name: 'kept', ms: 2 });
});

async function send(name: string): Promise<number> {
  const span = { traceId: '0a', spanId: '0b', name, startTimeUnixNano: '1000000', endTimeUnixNano: '3000000' };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  return (await fetch(`${collector.url}/v1/traces`, { method: 'POST', body })).status;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
