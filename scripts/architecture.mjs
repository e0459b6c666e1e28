/**
 * Checks the borders of the code base (.dependency-cruiser.cjs), and that each rule catches the fixture made to break it:
 * a rule that matches nothing would pass for ever.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

function cruise(folders, reporter) {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', reporter, ...folders];
  return spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs'), ...args],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
}

const code = cruise(['apps', 'libs', 'workflows', 'test/journeys'], 'err');
process.stdout.write(code.stdout + code.stderr);
if (code.status !== 0) process.exit(1);

const { violations } = JSON.parse(cruise(['test/architecture/fixtures'], 'json').stdout).summary;
const silent = forbidden.filter(
  ({ name }) => !violations.some(({ rule, from }) => rule.name === name && from.includes(name)),
);
for (const { name } of silent)
  console.error(`The rule ${name} does not catch its fixture test/architecture/fixtures/**/${name}.ts`);
console.log(`${forbidden.length - silent.length} of ${forbidden.length} rules were seen to fail on their fixtures`);
process.exit(silent.length === 0 ? 0 : 1);
