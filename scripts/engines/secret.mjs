/** Random secrets that stay: made once, kept in a file that only the user can read. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DamagedFile, replaceFile } from './replace-file.mjs';

const MADE_HERE = /^[0-9a-f]{48}$/;

/** @param {string} file @returns {string} letters and digits only, so that it needs no quoting anywhere @throws DamagedFile */
export function secret(file) {
  const known = read(file);
  if (known === undefined) return make(file);
  if (MADE_HERE.test(known)) return known;
  throw new DamagedFile(
    file,
    `An engine's data go with it: put back a copy of it, or delete ${dirname(file)} and so begin with empty data.`,
  );
}

/** @param {string} file */
function make(file) {
  const value = randomBytes(24).toString('hex');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replaceFile(file, value);
  return value;
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    return undefined;
  }
}
