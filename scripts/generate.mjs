/**
 * Generates libs/contracts/generated from the .proto files. With `--check`: fails when what is checked in differs, and when
 * a .proto file breaks what was published.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const contracts = join(root, 'libs', 'contracts');
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
const buf = (...args) => execFileSync('buf', args, { cwd: contracts, env, stdio: 'inherit' });

/** @throws when those who were built against the published .proto files could not talk to us any more */
export function checkProtos() {
  if (existsSync(join(contracts, 'published', 'proto')))
    buf('breaking', 'proto', '--against', 'published/proto', '--config', 'buf.yaml');
}

function checkDrift() {
  const args = ['status', '--porcelain', '--', 'libs/contracts/generated'];
  const drift = execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  if (drift === '') return;
  console.error(
    `Generated code differs from the .proto files:\n${drift}Run \`npm run generate\` and commit the result.`,
  );
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  buf('lint');
  buf('generate', '--clean');
  if (process.argv.includes('--check')) {
    checkProtos();
    checkDrift();
  }
}
