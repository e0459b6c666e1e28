import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workflows = fileURLToPath(new URL('../..', import.meta.url));
/** In the checkout, so that a variant finds the packages. */
const variants = fileURLToPath(new URL('../../../.waybill/variants', import.meta.url));

/** A change of the source: in this file, this text becomes that. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The workflows as they would be after the changes: the path of their index, in a copy that `drop` removes.
 * @throws Error when a text to be changed does not stand there exactly once.
 */
export async function variantOf(name: string, changes: readonly Change[]) {
  const folder = join(variants, `${name}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await cp(workflows, folder, { recursive: true, filter: (path) => !/testing|histories|\.spec\.ts$/.test(path) });
  for (const { file, from, to } of changes) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file} does not say this exactly once any more: ${from}`);
    await writeFile(
      path,
      text.replace(from, () => to),
    );
  }
  return { index: join(folder, 'index.ts'), drop: () => rm(folder, { recursive: true, force: true }) };
}
