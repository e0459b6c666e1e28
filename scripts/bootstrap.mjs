/**
 * What must be there before anything else runs: the dependencies of package-lock.json, and Node 24, which is one of them.
 * Node built-ins only; runs on Node 20.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = 24;

/** Runs `script` (with what was typed behind it) on the project's own Node, installing the dependencies first where they are missing or outdated. */
export async function onOwnNode(script, args = process.argv.slice(2)) {
  await ensureDependencies();
  const node = join(root, 'node_modules', '.bin', 'node');
  const command = existsSync(node) ? node : process.execPath;
  if (command === process.execPath && Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(
      `Waybill needs Node ${OLDEST_NODE} or newer; this is ${process.version}. Install it (for example \`nvm install ${OLDEST_NODE}\`) and try again.`,
    );
  }
  const child = spawn(command, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // Ctrl-C reaches the whole foreground group by itself; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...end) => resolve(end)));
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
}

/** Installs what package-lock.json names, where it is not installed already. */
export async function ensureDependencies() {
  if (isInstalled()) return;
  const started = Date.now();
  console.log('Installing dependencies (once; a minute or so) …');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve) => npm.once('exit', resolve).once('error', () => resolve(127)));
  if (code !== 0) fail('`npm ci` failed; what it printed above says why. Once it passes, run this command again.');
  console.log(`Dependencies installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** npm notes what it installed in a lock of its own; optional packages are for other platforms where they are missing. */
function isInstalled() {
  const noted = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(noted)) return false;
  const installed = JSON.parse(readFileSync(noted, 'utf8')).packages;
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
