import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];

/** Copies what git knows or would take up, with the dependencies linked. */
export function copyTree(root, path) {
  rmSync(path, { recursive: true, force: true });
  const listed = execFileSync('git', LIST, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  for (const file of new Set(listed.split('\0'))) {
    // Not what is deleted but still in git's index, nor links to folders.
    if (!lstatSync(join(root, file), { throwIfNoEntry: false })?.isFile()) continue;
    mkdirSync(dirname(join(path, file)), { recursive: true });
    cpSync(join(root, file), join(path, file));
  }
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Makes the mistake in the copy. @returns what takes it back. @throws Error when it does not fit any more. */
export function mutate(tree, { name, file, find, replace }) {
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${name}: what it replaces occurs ${parts.length - 1} times in ${file}`);
  writeFileSync(path, parts.join(replace));
  return () => writeFileSync(path, source);
}
