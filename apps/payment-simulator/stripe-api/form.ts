import { z } from 'zod';
import { StripeProblem } from './reply.js';

export type Form = { [key: string]: string | Form };

const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
const MAX_DEPTH = 5;

/** `{'metadata[order_id]': 'x'}` → `{metadata: {order_id: 'x'}}`, as Stripe reads a form-encoded body or a query. */
export function nested(flat: unknown): Form {
  const form: Form = {};
  for (const [key, value] of Object.entries(flat ?? {})) {
    if (typeof value !== 'string') throw invalid(key, 'given more than once');
    place(form, pathOf(key), value, key);
  }
  return form;
}

function pathOf(key: string): string[] {
  const [, head, brackets = ''] = KEY.exec(key) ?? [];
  if (head === undefined) throw invalid(key, 'not a valid parameter name');
  const path = [head, ...[...brackets.matchAll(/\[([^[\]]*)\]/g)].map(([, name]) => name ?? '')];
  if (path.length > MAX_DEPTH || path.includes('__proto__')) throw invalid(key, 'not a valid parameter name');
  return path;
}

function place(form: Form, path: readonly string[], value: string, key: string): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    form[name] = value;
    return;
  }
  const inner = Object.hasOwn(form, name) ? form[name] : {};
  if (typeof inner !== 'object') throw invalid(key, 'both a value and an object');
  form[name] = inner;
  place(inner, rest, value, key);
}

const unknownKeys = 'unrecognized_keys';

/**
 * Reads a form by its schema. Like Stripe, an unknown parameter is refused.
 * @throws StripeProblem that names the first wrong parameter.
 */
export function readForm<Schema extends z.ZodType>(schema: Schema, flat: unknown): z.output<Schema> {
  const result = schema.safeParse(nested(flat));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const [unknown] = issue?.code === unknownKeys ? issue.keys : [];
  if (unknown !== undefined) throw parameter('parameter_unknown', unknown, `Received unknown parameter: ${unknown}`);
  const param = issue?.path.join('.') ?? '';
  throw parameter('parameter_invalid', param, `Invalid ${param}: ${issue?.message ?? 'not valid'}`);
}

/** `expand[0]=latest_charge`. */
export const expandList = z
  .record(z.string(), z.string())
  .optional()
  .transform((entries) => Object.values(entries ?? {}));

export const metadata = z.record(z.string().max(40), z.string().max(500)).default({});

function invalid(param: string, why: string): StripeProblem {
  return parameter('parameter_invalid', param, `Invalid parameter ${param}: ${why}`);
}

function parameter(code: string, param: string, message: string): StripeProblem {
  return new StripeProblem(400, { type: 'invalid_request_error', code, message, param });
}
