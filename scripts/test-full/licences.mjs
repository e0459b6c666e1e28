import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What may be used, changed and passed on with this project's own licence. */
const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'CC-BY-4.0',
  'Unlicense',
  'Python-2.0',
]);

/** Their package.json names none; it was read in their LICENSE files. */
const READ_IN_THE_FILE = new Map([
  ['node_modules/png-js', 'MIT'],
  ['node_modules/unionfs', 'Unlicense'],
]);

/**
 * Every installed package, by what the lock file says, or the package itself where that says nothing.
 * @param {string} root @throws with the names of those whose licence nobody has allowed
 */
export function checkLicences(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const refused = Object.entries(packages)
    .filter(([path, { link }]) => path !== '' && !link)
    .map(([path, { license, optional }]) => ({
      path,
      licence: license ?? READ_IN_THE_FILE.get(path) ?? installedLicence(root, path),
      optional,
    }))
    // A binary for another platform is not here, and never shipped.
    .filter(({ licence, optional }) => !(licence === undefined && optional))
    .filter(({ licence }) => licence === undefined || !isAllowed(licence));
  if (refused.length > 0)
    throw new Error(
      `look at these, then allow their licence or do without:\n${refused.map(({ path, licence }) => `  ${path}: ${licence ?? 'none'}`).join('\n')}`,
    );
}

/** `A AND B` needs both, `A OR B` one. @param {string} expression */
function isAllowed(expression) {
  const bare = expression.replaceAll(/[()]/g, '');
  const every = (/** @type {string} */ part) => part.split(' AND ').every((name) => ALLOWED.has(name.trim()));
  return bare.split(' OR ').some(every);
}

/** @param {string} root @param {string} path @returns {string | undefined} */
function installedLicence(root, path) {
  try {
    const { license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    return typeof license === 'string' ? license : license?.type;
  } catch {
    return undefined; // not installed here
  }
}
