import type { z } from 'zod';
import { WaybillError } from './errors.js';

/**
 * Validates input at a boundary.
 * @throws WaybillError INVALID_REQUEST that names each wrong field.
 */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new WaybillError('INVALID_REQUEST', issues.join('; '), { fields: issues.join('; ') });
}
