import fc from 'fast-check';
import type { z } from 'zod';
import type { Operation } from '#libs/contracts/http/operation.js';
import { sampleRequest, type SampleRequest } from '../edge/sample-request.js';

/** A request that is bad beyond doubt: whatever the system holds, it must be refused and change nothing. */
export interface BadRequest {
  readonly operation: string;
  /** What is wrong with it. */
  readonly fault: string;
  readonly request: SampleRequest;
}

const ID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
const TARGET = { id: ID, sku: 'MUG-ENAMEL', number: 'INV-2026-000001', name: 'no-such' };

/** Bad requests of one operation, from its declaration. */
export function badRequests(operation: Operation): fc.Arbitrary<BadRequest> {
  const request = sampleRequest(operation, TARGET);
  const faults = [
    ...(isSchema(operation.body) ? bodyFaults(request, operation.body) : []),
    ...(operation.method === 'get' ? [] : mediaFaults(request)),
    ...(request.headers['idempotency-key'] === undefined ? [] : keyFaults(request)),
    queryFault(request),
    pathFault(request),
  ];
  return fc.oneof(...faults).map(([fault, bad]) => ({ operation: operation.id, fault, request: bad }));
}

type Fault = fc.Arbitrary<readonly [string, SampleRequest]>;

function isSchema(body: Operation['body']): body is z.ZodType {
  return body !== undefined && body !== 'raw' && body !== 'lines';
}

function bodyFaults(request: SampleRequest, schema: z.ZodType): Fault[] {
  const sample = JSON.parse(request.body ?? '{}') as unknown;
  const misfit = (value: unknown): boolean => !schema.safeParse(roundTrip(value)).success;
  const json = (fault: string, values: fc.Arbitrary<unknown>): Fault =>
    values.filter(misfit).map((value) => [fault, { ...request, body: JSON.stringify(value) }] as const);
  const raw = (fault: string, bodies: fc.Arbitrary<string>): Fault =>
    bodies.filter((body) => !isJson(body)).map((body) => [fault, { ...request, body }] as const);
  return [
    json('a wrong value somewhere', replacedSomewhere(sample, fc.oneof(fc.jsonValue({ maxDepth: 3 }), odd))),
    json(
      'a field too many',
      fc
        .tuple(fc.string({ minLength: 1 }), fc.jsonValue())
        .map(([name, value]) => ({ ...(sample as object), [name]: value })),
    ),
    json('any JSON at all', fc.jsonValue({ maxDepth: 6 })),
    raw('no JSON', fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), cutOff(request.body ?? '{}'))),
    raw(
      'nested too deeply',
      fc.integer({ min: 33, max: 20_000 }).map((depth) => '['.repeat(depth)),
    ),
    fc
      .integer({ min: 262_145, max: 400_000 })
      .map((size) => ['too large', { ...request, body: JSON.stringify('x'.repeat(size)) }] as const),
  ];
}

function mediaFaults(request: SampleRequest): Fault[] {
  const other = (name: string, values: readonly string[]): Fault =>
    fc
      .constantFrom(...values)
      .map((value) => [`${name}: ${value}`, { ...request, headers: { ...request.headers, [name]: value } }] as const);
  return [
    other('content-type', [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'x',
      '',
    ]),
    other('content-encoding', ['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'nonsense']),
  ];
}

function keyFaults(request: SampleRequest): Fault[] {
  const { 'idempotency-key': _key, ...without } = request.headers;
  const wrong = fc.constantFrom('two words', 'x'.repeat(256), '\u00e9', ' ', '\t');
  return [
    fc.constant(['no key', { ...request, headers: without }] as const),
    wrong.map(
      (key) => ['no such key', { ...request, headers: { ...request.headers, 'idempotency-key': key } }] as const,
    ),
  ];
}

function queryFault(request: SampleRequest): Fault {
  const name = fc.stringMatching(/^zz[a-z]{0,8}$/);
  return fc.tuple(name, fc.stringMatching(/^.{0,200}$/)).map(([key, value]) => {
    const query = new URLSearchParams({ [key]: value }).toString();
    return ['a query parameter that is not known', { ...request, path: `${request.path}?${query}` }] as const;
  });
}

/** A path that is no route. */
function pathFault(request: SampleRequest): Fault {
  const tail = fc.oneof(
    fc.stringMatching(/^[a-z0-9%._~-]{1,60}$/),
    fc.constantFrom('%00', '%ff', '%', '%zz', '..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e', 'x'.repeat(15_000), '%C0%AF'),
  );
  return tail.map((rest) => [`no such path`, { ...request, path: `/v1/none/${rest}` }] as const);
}

const odd = fc.constantFrom<unknown>(
  null,
  -1,
  0.5,
  1e300,
  2 ** 53,
  '',
  '\u0000',
  '\ud800',
  [],
  {},
  [[]],
  { $ne: 1 },
  '__proto__',
  true,
  'x'.repeat(5_000),
);

/** The sample with something else in one of its places. */
function replacedSomewhere(sample: unknown, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(fc.constantFrom(...placesOf(sample)), values).map(([place, value]) => replaced(sample, place, value));
}

function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...path, name]))];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = replaced(copy[name], rest, by);
  return copy;
}

function cutOff(body: string): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: body.length - 1 }).map((length) => body.slice(0, length));
}

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
