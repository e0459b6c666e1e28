/**
 * Adds what is new in the contracts to `libs/contracts/published/`, against which every later change is checked: the JSON
 * Schema of each event's versions, and the .proto files. Refuses a change that those who read the published ones could not
 * live with.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { checkProtos } from './generate.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const published = join(root, 'libs', 'contracts', 'published');

await build();
const load = (path) => import(join(root, 'dist', 'libs', 'contracts', 'events', path));
const [{ eventSchemas }, { incompatibilities }] = [await load('schemas.js'), await load('compatibility.js')];

const refused = [...eventSchemas()].flatMap(([name, schema]) => {
  const file = join(published, 'events', `${name}.json`);
  if (!existsSync(file)) return [];
  return incompatibilities(JSON.parse(readFileSync(file, 'utf8')), schema).map((problem) => `${name}: ${problem}`);
});
if (refused.length > 0) {
  console.error(`Not published. These changes need a new version:\n  ${refused.join('\n  ')}`);
  process.exit(1);
}
checkProtos();

mkdirSync(join(published, 'events'), { recursive: true });
for (const [name, schema] of eventSchemas())
  writeFileSync(join(published, 'events', `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
rmSync(join(published, 'proto'), { recursive: true, force: true });
cpSync(join(root, 'libs', 'contracts', 'proto'), join(published, 'proto'), { recursive: true });
execFileSync(process.execPath, [
  join(root, 'node_modules/prettier/bin/prettier.cjs'),
  '--write',
  '--log-level',
  'warn',
  published,
]);
