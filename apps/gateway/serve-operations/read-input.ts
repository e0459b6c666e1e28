import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { InputOf, Operation } from '#libs/contracts/http/operation.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { readJson } from './read-json.js';

const KEY = 'idempotency-key';
const MAX_ISSUES = 10;
const MAX_ISSUE_LENGTH = 200;

/**
 * Every part of a request, validated by the operation's own schemas.
 * @throws WaybillError INVALID_REQUEST that names each wrong field; IDEMPOTENCY_KEY_MISSING; NOT_FOUND for a path that nothing can have.
 */
export function readInput<Route extends Operation>(operation: Route, request: FastifyRequest): InputOf<Route> {
  requireIdempotencyKey(operation, request);
  return {
    params: readParams(operation, request),
    query: readPart('query', operation.query, request.query) ?? refuseQuery(request),
    headers: readPart('header', operation.headers, request.headers) ?? {},
    body: readBody(operation, request),
  } as InputOf<Route>;
}

function requireIdempotencyKey({ headers }: Operation, request: FastifyRequest): void {
  if (headers === undefined || !Object.hasOwn(headers.shape, KEY) || request.headers[KEY]) return;
  throw new WaybillError(
    'IDEMPOTENCY_KEY_MISSING',
    'Send an Idempotency-Key of your own choice: one per intent, the same again with each retry.',
  );
}

/** An id that is no id names nothing: that is not found, not invalid. */
function readParams({ params }: Operation, request: FastifyRequest): unknown {
  try {
    return readPart('path', params, request.params) ?? {};
  } catch (error) {
    if (isWaybillError(error, 'INVALID_REQUEST'))
      throw new WaybillError('NOT_FOUND', 'There is no such thing.', {}, { cause: error });
    throw error;
  }
}

function refuseQuery({ query }: FastifyRequest): Record<string, never> {
  const [name] = Object.keys(query as object);
  if (name === undefined) return {};
  throw new WaybillError('INVALID_REQUEST', 'This path takes no query parameters.', {
    query: clip(`Unknown parameter: ${name}`),
  });
}

function readBody({ body }: Operation, request: FastifyRequest): unknown {
  if (body === undefined) return {};
  if (body === 'lines') return readLines(request);
  if (request.body instanceof Readable) throw unsupported('application/json');
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  if (body !== 'raw') return readPart('body', body, readJson(bytes));
  if (bytes.length === 0) throw new WaybillError('INVALID_REQUEST', 'Send a body.');
  return bytes;
}

/** As they come: nothing of them is read yet. */
function readLines({ body }: FastifyRequest): Readable {
  if (body instanceof Readable) return body;
  throw unsupported('application/x-ndjson');
}

function unsupported(wanted: string): WaybillError {
  return new WaybillError('UNSUPPORTED_MEDIA_TYPE', `Send the body as ${wanted}.`);
}

function readPart(name: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => [clip([name, ...path].join('.')), clip(message)] as const);
  const summary = fields.map(([field, message]) => `${field}: ${message}`).join('; ');
  throw new WaybillError('INVALID_REQUEST', `Correct the request: ${summary}`, Object.fromEntries(fields));
}

function clip(words: string): string {
  return words.slice(0, MAX_ISSUE_LENGTH);
}
