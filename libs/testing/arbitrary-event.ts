import fc from 'fast-check';
import { z } from 'zod';
import { definitionOf, type EventType } from '#libs/contracts/events.js';

/** The part of JSON Schema that events use. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

/** Any data that an event of this type and version may carry. */
export function arbitraryData(type: EventType, version = definitionOf(type).versions.length): fc.Arbitrary<object> {
  const shape = definitionOf(type).versions[version - 1];
  if (shape === undefined) throw new RangeError(`${type} has no version ${version}`);
  return arbitraryOf(z.toJSONSchema(shape, { io: 'input' }) as Shape) as fc.Arbitrary<object>;
}

function arbitraryOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return fc.oneof(...choices.map(arbitraryOf));
  switch (shape.type) {
    case 'null':
      return fc.constant(null);
    case 'string':
      return text(shape);
    case 'integer':
      return fc.integer({
        min: Math.max(shape.minimum ?? 0, -1_000_000),
        max: Math.min(shape.maximum ?? 0, 1_000_000),
      });
    case 'array':
      return fc.array(arbitraryOf(shape.items ?? {}), { maxLength: 3 });
    case 'object':
      return record(shape);
    default:
      throw new TypeError(`No event has had such a field yet: ${JSON.stringify(shape)}`);
  }
}

function text({ format, pattern, minLength = 0 }: Shape): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const range = { min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true };
    return fc.date(range).map((date) => date.toISOString());
  }
  return pattern === undefined ? fc.string({ minLength, maxLength: 20 }) : fc.stringMatching(new RegExp(pattern));
}

function record({ properties = {}, required = [] }: Shape): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...required], noNullPrototype: true });
}
