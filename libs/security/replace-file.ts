import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';

/** Whoever reads the file meanwhile gets the old one or the new one, whole; so it is when several replace it at once, in containers too, where all have the same pid. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}.new`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}
