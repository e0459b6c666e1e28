import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { incompatibilities } from './compatibility.js';
import { eventSchemas, type JsonSchema } from './schemas.js';

const FOLDER = new URL('../published/events/', import.meta.url);

function published(): Map<string, JsonSchema> {
  const names = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
  return new Map(
    names.map((name) => [name, JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as JsonSchema]),
  );
}

const schemaOf = (shape: z.ZodType): JsonSchema => z.toJSONSchema(shape, { io: 'input' }) as JsonSchema;
const before = z.object({
  orderId: z.string(),
  note: z.string().exactOptional(),
  lines: z.array(z.object({ sku: z.string() })),
});

describe('the published events', () => {
  it.each([...published()])('%s is still what it was', (name, schema) => {
    expect(incompatibilities(schema, eventSchemas().get(name) ?? {})).toEqual([]);
  });

  it('are all that there are: `npm run publish:contracts` adds what is new', () => {
    expect([...eventSchemas().keys()].filter((name) => !published().has(name))).toEqual([]);
  });
});

describe('a published event', () => {
  it.each([
    ['nothing', before],
    ['a field that may be absent', before.extend({ gift: z.boolean().exactOptional() })],
    ['a description', before.describe('What was ordered')],
  ])('may be changed by %s', (_what, after) => {
    expect(incompatibilities(schemaOf(before), schemaOf(after))).toEqual([]);
  });

  it.each<[string, z.ZodType, string]>([
    ['losing a field', before.omit({ note: true }), 'data.note is gone'],
    [
      'needing a new field',
      before.extend({ gift: z.boolean() }),
      'data.gift is needed now, and recorded events may lack it',
    ],
    [
      'needing an old field',
      before.extend({ note: z.string() }),
      'data.note is needed now, and recorded events may lack it',
    ],
    ['leaving out a field', before.partial({ orderId: true }), 'data.orderId was always there, and may now be absent'],
    ['another type', before.extend({ orderId: z.int() }), 'data.orderId: type was "string", and is "integer"'],
    [
      'a narrower field',
      before.extend({ note: z.string().max(3).exactOptional() }),
      'data.note: maxLength was not there, and is 3',
    ],
    [
      'a change within a list',
      before.extend({ lines: z.array(z.object({ sku: z.int() })) }),
      'data.lines[].sku: type was "string", and is "integer"',
    ],
  ])('may not be changed by %s', (_what, after, problem) => {
    expect(incompatibilities(schemaOf(before), schemaOf(after))).toContain(problem);
  });

  it.each([
    [z.enum(['a', 'b']), z.enum(['a', 'b', 'c']), 'data: enum was ["a","b"], and is ["a","b","c"]'],
    [
      z.union([z.string().max(9), z.int()]),
      z.union([z.string().max(9), z.int(), z.null()]),
      'data: anyOf had 2 choices, and has 3',
    ],
  ])('may not get a choice that its readers do not know', (one, other, problem) => {
    expect(incompatibilities(schemaOf(one), schemaOf(other))).toContain(problem);
  });
});
