/**
 * Records the histories of `fulfil-order` for the version in package.json, on a Temporal server of its own.
 *   --again                  replaces those of this version: only before it is released
 *   --accept [release …]     keeps them, and takes the commands that the code gives now as those it shall give
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withEngines } from '../engines/with-engines.mjs';
import { runSources } from '../run-sources.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join('workflows', 'fulfil-order', 'histories');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { again: { type: 'boolean', default: false }, accept: { type: 'boolean', default: false } },
});
/** @param {string} release @param {string} source */
const record = (release, source) =>
  runSources('workflows/fulfil-order/testing/record/record.ts', [release, folder, source]);

if (values.accept) {
  const releases = positionals.length > 0 ? positionals : readdirSync(join(root, folder));
  for (const release of releases) await record(release, 'commands');
} else {
  const own = join(root, folder, version);
  if (existsSync(own) && !values.again) {
    console.error(
      `${join(folder, version)} exists. Histories of a released version are kept: raise the version in package.json.\n` +
        `Before ${version} is released, record it again: npm run histories -- --again`,
    );
    process.exit(1);
  }
  await withEngines(['temporal'], ({ temporal }) => record(version, temporal.address));
}
