import { randomUUID } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Whoever reads the file meanwhile gets the old one or the new one, whole; so it is when several replace it at once, in containers
 * too, where all have the same pid. Once it is done, the new one outlasts a loss of power.
 */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}.new`;
  await writeDurably(draft, content, mode);
  await rename(draft, file);
  await syncFolder(dirname(file));
}

/** A file that must not be there yet. */
export async function writeDurably(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
