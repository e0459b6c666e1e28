import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What clients did and saw, and what was done to the system, in the order it happened: one JSON object per line. */
export class History {
  constructor(readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }

  note(what: string, fields: Readonly<Record<string, unknown>>): void {
    appendFileSync(this.file, `${JSON.stringify({ at: new Date().toISOString(), what, ...fields })}\n`);
  }
}
