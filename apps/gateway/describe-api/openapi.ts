import { z } from 'zod';
import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';
import type { Answer, Operation } from '#libs/contracts/http/operation.js';
import { bulkLine } from '#libs/contracts/http/bulk.js';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { PROBLEM_MEDIA_TYPE, RETRY_AFTER_S } from '#libs/contracts/http/problem.js';
import { componentSchemas, inlineSchema, schemaReference } from './schemas.js';

type Json = Readonly<Record<string, unknown>>;

const DESCRIPTION = `Places orders and follows them from \`PENDING\` to \`DELIVERED\`, or to \`REJECTED\` with everything undone.

**To try it here**: get a token with \`npx waybill token\`, press *Authorize*, paste it, open an operation and press *Try it out*.

Amounts are integers in the smallest unit of their currency. Every error is a problem document (RFC 9457): decide by its \`code\`.
Every answer carries \`traceparent\` and \`x-request-id\`, which find it in the logs.`;

/** The public API as an OpenAPI 3.1 document, made from the schemas that validate its requests. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.1',
    info: { title: 'Waybill', version: '1.0.0', description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags: [
      { name: 'orders', description: 'Place orders and follow them.' },
      { name: 'products', description: 'What can be ordered.' },
      { name: 'webhooks', description: 'What the world reports.' },
      { name: 'ops', description: 'For those who operate it.' },
    ],
    paths: paths(),
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Audience `waybill`; `sub` is the customer, or the operator.',
        },
      },
    },
  };
}

function paths(): Json {
  const byPath = groupBy(OPERATIONS, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, operations]) => [
      path,
      Object.fromEntries(operations.map((each) => [each.method, describe(each)])),
    ]),
  );
}

function describe(operation: Operation): Json {
  const { id, tag, summary, description, access } = operation;
  const scopes =
    access.kind === 'token' && access.scopes.length > 0
      ? `\n\nScope: ${access.scopes.map((scope) => `\`${scope}\``).join(' or ')}.`
      : '';
  return {
    operationId: id,
    ...(operation.deprecation !== undefined && { deprecated: true }),
    tags: [tag],
    summary,
    description: `${description}${scopes}`,
    security: access.kind === 'token' ? [{ token: [] }] : [],
    parameters: [
      ...parameters('path', operation.params),
      ...parameters('query', operation.query),
      ...parameters('header', operation.headers),
    ],
    ...requestBody(operation),
    responses: { ...answers(operation), ...refusals([...new Set([...operation.refusals, ...ALWAYS])]) },
  };
}

function parameters(place: 'path' | 'query' | 'header', schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = inlineSchema(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, examples, ...rest }]) => ({
    name: place === 'header' ? headerName(name) : name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: examples === undefined ? rest : { ...rest, examples },
  }));
}

function requestBody({ body }: Operation): Json {
  if (body === undefined) return {};
  if (body === 'lines')
    return {
      requestBody: { required: true, content: { 'application/x-ndjson': { schema: schemaReference(bulkLine) } } },
    };
  const schema = body === 'raw' ? { type: 'object', description: 'As the carrier defines it.' } : schemaReference(body);
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

/** Whatever it is that was asked for. */
const ALWAYS: readonly ErrorCode[] = ['RATE_LIMITED'];
const LIMITS = {
  RateLimit: 'What is left of each limit that the request was counted in.',
  'RateLimit-Policy': 'Those limits.',
};
const REPLAYED = { 'Idempotency-Replayed': '`true`: the answer of an earlier request with the same key.' };

function answers({ answers: given, headers: sent }: Operation): Json {
  const keyed = sent !== undefined && Object.hasOwn(sent.shape, 'idempotency-key');
  const described = Object.entries(given).map(([status, { description, schema, media, headers = {} }]) => [
    status,
    {
      description,
      headers: headerDescriptions({
        ...headers,
        ...LIMITS,
        ...(keyed && REPLAYED),
        traceparent: 'The trace of this request (W3C).',
      }),
      ...(media !== undefined && { content: { [media]: { schema: schemaOf(media) } } }),
      ...(schema !== undefined && { content: { 'application/json': { schema: schemaReference(schema) } } }),
    },
  ]);
  return Object.fromEntries(described) as Json;
}

function schemaOf(media: NonNullable<Answer['media']>): Json {
  return media === 'text/event-stream' ? { type: 'string' } : { type: 'string', format: 'binary' };
}

/** One response per status; its examples are the codes that it may carry. */
function refusals(codes: readonly ErrorCode[]): Json {
  const byStatus = groupBy(codes, (code) => ERROR_RULES[code].http);
  const described = [...byStatus].map(([status, sameStatus]) => [
    String(status),
    {
      description: sameStatus.map((code) => `\`${code}\`: ${ERROR_RULES[code].title}.`).join(' '),
      headers: headerDescriptions(
        sameStatus.some((code) => code in RETRY_AFTER_S)
          ? { 'Retry-After': 'Seconds to wait before the next try.' }
          : {},
      ),
      content: {
        [PROBLEM_MEDIA_TYPE]: {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(sameStatus.map((code) => [code, problemExample(code)])),
        },
      },
    },
  ]);
  return Object.fromEntries(described) as Json;
}

function problemExample(code: ErrorCode): Json {
  const { http, title } = ERROR_RULES[code];
  return {
    value: {
      type: `/docs/errors#${code}`,
      title,
      status: http,
      detail: title,
      instance: '/v1',
      code,
      traceId: '0af7651916cd43dd8448eb211c80319c',
    },
  };
}

function headerDescriptions(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** `idempotency-key` as people write it: `Idempotency-Key`. */
function headerName(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
