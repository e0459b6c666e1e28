import { z } from 'zod';
import { definitionOf, EVENT_TYPES } from '../events.js';

/** JSON Schema (2020-12), as far as events use it. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** The schema of every version of every event, by name: `OrderPlaced.v1`. */
export function eventSchemas(): ReadonlyMap<string, JsonSchema> {
  return new Map(
    EVENT_TYPES.flatMap((type) =>
      definitionOf(type).versions.map((shape, index) => {
        const name = `${type}.v${index + 1}`;
        return [name, { title: name, ...(z.toJSONSchema(shape, { io: 'input' }) as JsonSchema) }] as const;
      }),
    ),
  );
}
