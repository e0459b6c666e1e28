import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from './schemas.js';

/** Says nothing about what may be sent. */
const NOTES = new Set(['$schema', '$id', 'title', 'description', 'readOnly']);
const NESTED = new Set(['properties', 'required', 'items', 'anyOf', 'oneOf']);

/**
 * What keeps a published version of an event from being changed to `current`: recorded events must stay readable, and
 * readers that know only the published shape must be able to read what is sent now. So fields may be added, if they may
 * be absent; anything else is a new version.
 */
export function incompatibilities(published: JsonSchema, current: JsonSchema, path = 'data'): readonly string[] {
  return [
    ...changedKeywords(published, current, path),
    ...changedFields(published, current, path),
    ...changedParts(published, current, path),
  ];
}

function changedKeywords(published: JsonSchema, current: JsonSchema, path: string): string[] {
  const keywords = new Set([...Object.keys(published), ...Object.keys(current)]);
  return [...keywords]
    .filter((keyword) => !NOTES.has(keyword) && !NESTED.has(keyword))
    .filter((keyword) => !isDeepStrictEqual(published[keyword], current[keyword]))
    .map((keyword) => `${path}: ${keyword} was ${say(published[keyword])}, and is ${say(current[keyword])}`);
}

function changedFields(published: JsonSchema, current: JsonSchema, path: string): string[] {
  const [before, after] = [published.properties ?? {}, current.properties ?? {}];
  const known = Object.entries(before).flatMap(([name, field]) => {
    const now = after[name];
    return now === undefined ? [`${path}.${name} is gone`] : incompatibilities(field, now, `${path}.${name}`);
  });
  const [needed, needs] = [published.required ?? [], current.required ?? []];
  const dropped = needed.filter((name) => name in after && !needs.includes(name));
  const demanded = needs.filter((name) => !needed.includes(name));
  return [
    ...known,
    ...dropped.map((name) => `${path}.${name} was always there, and may now be absent`),
    ...demanded.map((name) => `${path}.${name} is needed now, and recorded events may lack it`),
  ];
}

function changedParts(published: JsonSchema, current: JsonSchema, path: string): string[] {
  const parts = (['anyOf', 'oneOf'] as const).flatMap((keyword) => {
    const [before, after] = [published[keyword] ?? [], current[keyword] ?? []];
    if (before.length !== after.length)
      return [`${path}: ${keyword} had ${before.length} choices, and has ${after.length}`];
    return before.flatMap((choice, index) => incompatibilities(choice, after[index] ?? {}, `${path}(${index + 1})`));
  });
  const items = published.items || current.items;
  return items ? [...parts, ...incompatibilities(published.items ?? {}, current.items ?? {}, `${path}[]`)] : parts;
}

function say(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}
