import type { z } from 'zod';
import type { ErrorCode } from '../errors.js';

/** What a token may allow. */
export type Scope = 'orders:read' | 'orders:write' | 'ops';

/** Who may call: anybody (the request proves itself by other means), or the bearer of a token with one of these scopes (none listed: with any). */
export type Access = { readonly kind: 'public' } | { readonly kind: 'token'; readonly scopes: readonly Scope[] };

export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of what comes in place of JSON. */
  readonly media?: 'application/pdf' | 'application/x-ndjson' | 'text/event-stream';
  /** By name, with what each says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route of the public API: validated, served, described and called by this declaration. */
export interface Operation {
  /** `operationId` of the OpenAPI document. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'patch';
  /** With parameters in braces: `/v1/orders/{id}`. */
  readonly path: `/${string}`;
  readonly tag: 'orders' | 'products' | 'webhooks' | 'ops';
  readonly summary: string;
  readonly description: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  /** Parameters that are not named here are refused. */
  readonly query?: z.ZodObject;
  /** By lower-case name. */
  readonly headers?: z.ZodObject;
  /** `raw`: the bytes as they came, for a signature over them. `lines`: NDJSON of any length, read as it comes. */
  readonly body?: z.ZodType | 'raw' | 'lines';
  readonly answers: Readonly<Record<number, Answer>>;
  /** Of a route that will go: ISO 8601 dates, and where to read what to use instead. */
  readonly deprecation?: { readonly since: string; readonly sunset: string; readonly link: string };
  /** Every code that this route may refuse with. */
  readonly refusals: readonly ErrorCode[];
}

type OutputOf<Schema> = Schema extends z.ZodType
  ? z.output<Schema>
  : Schema extends 'raw'
    ? Uint8Array
    : Schema extends 'lines'
      ? AsyncIterable<Uint8Array>
      : Record<string, never>;

/** What a handler receives: every part validated. */
export interface InputOf<Route extends Operation> {
  readonly params: OutputOf<Route['params']>;
  readonly query: OutputOf<Route['query']>;
  readonly headers: OutputOf<Route['headers']>;
  readonly body: OutputOf<Route['body']>;
}

/** Keeps each declaration's own types. */
export function operation<const Route extends Operation>(route: Route): Route {
  return route;
}
