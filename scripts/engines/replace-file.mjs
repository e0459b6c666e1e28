import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whoever dies or reads meanwhile leaves or gets the old file or the new one, whole; once it returns, the new one outlasts a
 * loss of power, too. One at a time: nobody else replaces the same file.
 * @param {string} file @param {string} content @param {number} [mode] its owner's alone unless said otherwise
 */
export function replaceFile(file, content, mode = 0o600) {
  const draft = `${file}.new`;
  rmSync(draft, { force: true }); // of somebody who died: its mode may be another
  const handle = openSync(draft, 'wx', mode);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** The new name, too, is only kept once its folder is. @param {string} folder */
function syncFolder(folder) {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A file that only we write does not say what we wrote: somebody else has been at it, or the disk has lost it. */
export class DamagedFile extends Error {
  code = 'DAMAGED_FILE';
  /** @param {string} file @param {string} remedy what to do, as a sentence @param {unknown} [cause] */
  constructor(file, remedy, cause) {
    super(`${file} is damaged. ${remedy}`, { cause });
    this.name = 'DamagedFile';
  }
}
