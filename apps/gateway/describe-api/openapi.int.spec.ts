import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { z } from 'zod';
import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';
import { CommandDecision } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { Operation } from '#libs/contracts/http/operation.js';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { FULL_ORDER, PDF } from '../testing/sample-messages.js';
import type { Answers } from '../testing/stand-ins.js';
import { SIGNATURE_HEADERS, validRequest } from '../testing/valid-requests.js';

type Json = Record<string, unknown>;
interface Described {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Json }[];
  readonly requestBody?: { readonly content: Json };
  readonly responses: Record<
    string,
    { description: string; content?: Record<string, { schema: Json; examples?: Json }> }
  >;
  readonly security: readonly Json[];
}
interface Document {
  readonly openapi: string;
  readonly info: Json;
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

/** Which calls behind the edge an operation makes. */
const BEHIND: Record<string, readonly (keyof Answers)[]> = {
  placeOrder: ['createOrder'],
  orderEvents: ['streamOrderUpdates'],
  listInvoices: ['listDocuments'],
  getInvoice: ['getDocument'],
  getDashboard: ['getProfile', 'recommend', 'listOrders'],
};

let gateway: RunningGateway;
let document: Document;

beforeAll(async () => {
  gateway = await runGateway();
  document = (await gateway.inject({ url: '/openapi.json' })).json<Document>();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const behind = (operation: Operation): readonly (keyof Answers)[] =>
  BEHIND[operation.id] ?? [operation.id as keyof Answers];
const described = ({ path, method }: Operation): Described => {
  const found = document.paths[path]?.[method];
  if (found === undefined) throw new Error(`${method} ${path} is not described`);
  return found;
};

/** Requests that make an operation refuse with a code. */
const provocations: Partial<
  Record<ErrorCode, (request: InjectOptions, operation: Operation) => Promise<InjectOptions> | InjectOptions>
> = {
  INVALID_REQUEST: (request) => ({ ...request, url: `${request.url as string}?unknown=1` }),
  IDEMPOTENCY_KEY_MISSING: (request) => without(request, 'idempotency-key'),
  IF_MATCH_MISSING: (request) => without(request, 'if-match'),
  UNAUTHENTICATED: (request) => ['authorization', ...Object.values(SIGNATURE_HEADERS)].reduce(without, request),
  FORBIDDEN: async (request) =>
    withHeader(
      request,
      'authorization',
      `Bearer ${await gateway.issuer.issueToken({ subject: 'customer-1', scopes: [] })}`,
    ),
  TOO_LARGE: (request) => ({ ...request, payload: JSON.stringify('x'.repeat(256 * 1024)) }),
  UNSUPPORTED_MEDIA_TYPE: (request) => withHeader(request, 'content-type', 'text/plain'),
};

describe('the OpenAPI document', () => {
  it('is a well-formed OpenAPI 3.1 document whose references all lead somewhere', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: 'Waybill', version: expect.any(String) });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = '']) => reference,
    );
    expect(references.length).toBeGreaterThan(5);
    const missing = references.filter(
      (reference) => !Object.hasOwn(document.components.schemas, reference.replace('#/components/schemas/', '')),
    );
    expect(missing).toEqual([]);
    expect(JSON.stringify(document)).not.toMatch(/"\$(schema|id)"/);
  });

  it('describes each operation of the contract once, and no other', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids.sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
  });

  it.each(OPERATIONS.map((operation) => [operation.id, operation] as const))(
    'names every path parameter of %s',
    (_, operation) => {
      const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = described(operation).parameters.filter((parameter) => parameter.in === 'path');
      expect(parameters.map(({ name }) => name)).toEqual(inPath);
      expect(parameters.every(({ required }) => required)).toBe(true);
    },
  );

  const answers = OPERATIONS.flatMap((operation) =>
    Object.keys(operation.answers).map((status) => [operation.id, status, operation] as const),
  );
  it.each(answers)('%s really answers %s, as described', async (_, status, operation) => {
    if (operation.id === 'getOrder') gateway.peers.script('getOrder', { order: FULL_ORDER });
    if (operation.id === 'orderEvents' && status === '204') gateway.peers.script('streamOrderUpdates', { orders: [] });
    if ((operation.id === 'cancelOrder' || operation.id === 'amendOrder') && status === '200')
      gateway.peers.script(operation.id, { decision: CommandDecision.ACCEPTED });
    const request = validRequest(operation, gateway.tokenFor(operation));
    const answer = await gateway.inject(status === '304' ? withHeader(request, 'if-none-match', '"9"') : request);
    expect(answer.statusCode).toBe(Number(status));
    const content = described(operation).responses[status]?.content;
    if (content === undefined) return expect(answer.body).toBe('');
    expect(Object.keys(content)).toContain(answer.headers['content-type']?.toString().split(';')[0]);
    if ('application/pdf' in content) return expect(answer.rawPayload).toEqual(PDF);
    if (content['application/json']) expectToFit(content['application/json'].schema, answer.json());
  });

  const refusals = OPERATIONS.flatMap((operation) =>
    operation.refusals.map((code) => [operation.id, code, operation] as const),
  );
  it.each(refusals)('%s really refuses with %s, as described', async (_, code, operation) => {
    const request = validRequest(operation, gateway.tokenFor(operation));
    const provoke = provocations[code];
    if (provoke === undefined)
      for (const method of behind(operation)) gateway.peers.script(method, new WaybillError(code, 'Because.'));
    const answer = await gateway.inject(provoke ? await provoke(request, operation) : request);
    const { http } = ERROR_RULES[code];
    expect({ status: answer.statusCode, code: answer.json<{ code: string }>().code }).toEqual({ status: http, code });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const problem = described(operation).responses[String(http)]?.content?.['application/problem+json'];
    expect(Object.keys(problem?.examples ?? {})).toContain(code);
    expectToFit(problem?.schema ?? {}, answer.json());
  });

  it('is shown by a page that loads nothing from elsewhere', async () => {
    const page = await gateway.inject({ url: '/docs' });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
    expect(sources.length).toBeGreaterThan(3);
    for (const url of sources) {
      const part = await gateway.inject({ url });
      expect({ url, status: part.statusCode }).toEqual({ url, status: 200 });
      expect(part.rawPayload.length).toBeGreaterThan(100);
    }
  });

  it('explains every code that it mentions on the page that problems point to', async () => {
    const page = (await gateway.inject({ url: '/docs/errors' })).body;
    for (const code of new Set(OPERATIONS.flatMap(({ refusals: codes }) => codes)))
      expect(page).toContain(`id="${code}"`);
  });
});

/** Fails when the value breaks the published schema, or has a field that it does not mention. */
function expectToFit(schema: Json, value: unknown): void {
  const local = JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  );
  const result = z.fromJSONSchema(closed(JSON.parse(local)) as never).safeParse(value);
  expect(result.success ? [] : result.error.issues).toEqual([]);
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner && inner['type'] === 'object' ? { additionalProperties: false, ...inner } : inner;
}

function without(request: InjectOptions, header: string): InjectOptions {
  const { [header]: _, ...headers } = request.headers ?? {};
  return { ...request, headers };
}

function withHeader(request: InjectOptions, name: string, value: string): InjectOptions {
  return { ...request, headers: { ...request.headers, [name]: value } };
}
