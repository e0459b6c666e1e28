/**
 * Generates libs/contracts/generated from the .proto files. With `--check`: fails when what is checked in differs.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const contracts = join(root, 'libs', 'contracts');
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };

execFileSync('buf', ['lint'], { cwd: contracts, env, stdio: 'inherit' });
execFileSync('buf', ['generate', '--clean'], { cwd: contracts, env, stdio: 'inherit' });
if (process.argv.includes('--check')) {
  const drift = execFileSync('git', ['status', '--porcelain', '--', 'libs/contracts/generated'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (drift !== '') {
    console.error(
      `Generated code differs from the .proto files:\n${drift}Run \`npm run generate\` and commit the result.`,
    );
    process.exit(1);
  }
}
