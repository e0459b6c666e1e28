import { rename, writeFile } from 'node:fs/promises';

/** Whoever reads the file meanwhile gets the old one or the new one, whole. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}
