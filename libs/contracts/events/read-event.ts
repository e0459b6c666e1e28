import { definitionOf, type EventData, type EventType } from '../events.js';

/** An event's data in its newest version, or what is wrong with it. */
export type ReadEvent<Type extends EventType> =
  | { readonly data: EventData[Type] }
  /** `unknown-version`: of a newer producer. It can be read once its reader is upgraded. */
  | { readonly problem: 'unknown-version' | 'malformed'; readonly message: string };

export interface RecordedEvent {
  readonly schemaVersion: number;
  /** ISO 8601. */
  readonly occurredAt: string;
  readonly data: unknown;
}

/** Reads what was recorded in whichever version, and brings it up to the newest. Fields that its version does not name are left out. */
export function readEvent<Type extends EventType>(type: Type, recorded: RecordedEvent): ReadEvent<Type> {
  const { versions, upcasts } = definitionOf(type);
  const { schemaVersion, occurredAt } = recorded;
  const shape = versions[schemaVersion - 1];
  if (shape === undefined) {
    const message = `${type} has versions 1 to ${versions.length} here, not ${schemaVersion}: upgrade the reader, then replay it`;
    return { problem: 'unknown-version', message };
  }
  const read = shape.safeParse(recorded.data);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => `${['data', ...path].join('.')}: ${message}`);
    return { problem: 'malformed', message: `${type} in version ${schemaVersion}: ${issues.join('; ')}` };
  }
  const way = upcasts.slice(schemaVersion - 1);
  const data = way.reduce<unknown>((older, upcast) => upcast(older as never, { occurredAt }), read.data);
  return { data: data as EventData[Type] };
}
