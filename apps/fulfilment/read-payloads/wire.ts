import type { Payload } from '@temporalio/common';
import { z } from 'zod';

const base64 = z.base64();

/** Payloads as Temporal's UI and command line send them: protobuf's JSON. */
export const wirePayloads = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() }))
    .max(10_000),
});
export type WirePayloads = z.infer<typeof wirePayloads>;
type Wire = WirePayloads['payloads'][number];

export function fromWire({ metadata = {}, data }: Wire): Payload {
  const decoded = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(decoded), ...(data !== undefined && { data: Buffer.from(data, 'base64') }) };
}

export function toWire({ metadata, data }: Payload): Wire {
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const encoded = Object.entries(metadata ?? {}).map(([name, value]) => [name, textOf(value)] as const);
  return { metadata: Object.fromEntries(encoded), ...(data && { data: textOf(data) }) };
}
