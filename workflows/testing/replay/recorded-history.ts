import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PresentedCommand } from './present-command.js';

/** A workflow as a released version ran it on a real server. */
export interface RecordedHistory {
  /** `<release>/<what happened>`. */
  readonly name: string;
  readonly workflowId: string;
  /** All that the released code asked of Temporal, up to where the history ends. */
  readonly commands: readonly PresentedCommand[];
  /** Temporal's own JSON. */
  readonly events: readonly object[];
}

/** All histories below a folder `histories`, with a folder for each release. */
export async function readHistories(folder: string): Promise<RecordedHistory[]> {
  const files = await readdir(folder, { recursive: true });
  return await Promise.all(
    files
      .filter((file) => file.endsWith('.json'))
      .toSorted()
      .map(async (file) => ({
        name: join(dirname(file), basename(file, '.json')),
        ...(JSON.parse(await readFile(join(folder, file), 'utf8')) as Omit<RecordedHistory, 'name'>),
      })),
  );
}

/** A command or an event a line, so that a difference can be read. */
export async function writeHistory(folder: string, history: RecordedHistory): Promise<void> {
  const { name, workflowId, commands, events } = history;
  const list = (items: readonly object[]) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  const text = `{"workflowId": ${JSON.stringify(workflowId)},\n"commands": ${list(commands)},\n"events": ${list(events)}}\n`;
  const file = join(folder, `${name}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
