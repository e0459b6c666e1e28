import { readFileSync } from 'node:fs';
import type { EventType } from '#libs/contracts/events.js';

const FILE = new URL('../contracts/events/recorded/first-versions.ndjson', import.meta.url);

/** An envelope as the first release sent it. */
export interface RecordedEnvelope {
  readonly type: EventType;
  readonly schemaVersion: number;
  readonly subject: string;
  readonly sequence: number;
  readonly occurredAt: string;
  readonly data: object;
}

/** What four orders and their participants told, as it was recorded from a run of the first release. */
export function recordedEnvelopes(): readonly RecordedEnvelope[] {
  const lines = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RecordedEnvelope);
}
