import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Operation } from '#libs/contracts/http/operation.js';

/** What a request is about: parts of its path by name. */
export type Target = Readonly<Record<string, string>>;

export interface SampleRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly format?: string;
}

/** A well-formed request of any operation, from nothing but its declaration: a new route has one as soon as it is declared. */
export function sampleRequest(operation: Operation, target: Target): SampleRequest {
  const { method, body, headers } = operation;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(target[name] ?? 'x'));
  const keyed = headers !== undefined && Object.hasOwn(headers.shape, 'idempotency-key');
  const matched = headers !== undefined && Object.hasOwn(headers.shape, 'if-match');
  return {
    method: method.toUpperCase() as SampleRequest['method'],
    path,
    headers: {
      ...(method !== 'get' && { 'content-type': body === 'lines' ? 'application/x-ndjson' : 'application/json' }),
      ...(keyed && { 'idempotency-key': randomUUID() }),
      ...(matched && { 'if-match': '*' }),
    },
    ...(method !== 'get' && { body: sampleBody(operation, target) }),
  };
}

function sampleBody({ body }: Operation, { id = '' }: Target): string {
  if (body === undefined || body === 'raw') return '{"id":"evt_matrix"}';
  if (body === 'lines') return `${JSON.stringify({ id, op: 'cancel' })}\n`;
  const sample = JSON.stringify(valueOf(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) as JsonSchema));
  // Of which there is none: who may place orders is told so, and none is placed.
  return sample.replaceAll('MUG-ENAMEL', 'SOLD-OUT');
}

/** One value that fits, the declared example where there is one. */
function valueOf(schema: JsonSchema): unknown {
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (choice !== undefined) return valueOf(choice);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name) ?? false)
          .map(([name, property]) => [name, valueOf(property)]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => valueOf(schema.items ?? {}));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return schema.format === 'uuid' ? randomUUID() : 'x'.repeat(Math.max(4, schema.minLength ?? 0));
  }
}
