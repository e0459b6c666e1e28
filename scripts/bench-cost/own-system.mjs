import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A system in a folder of its own, from empty data: what run.json says of it, and the pids of what we wrote of it. */
export async function startSystem(root, folder, env) {
  const launcher = spawn(process.execPath, [join(root, 'scripts', 'launch', 'main.mjs'), '--no-samples', '--fresh'], {
    cwd: root,
    env: { ...process.env, ...env, WAYBILL_FOLDER: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise((resolve) => launcher.once('exit', resolve));
  await untilUp(launcher, exited);
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  const ours = Object.entries(run.services).filter(([name]) => !name.endsWith('-simulator'));
  const stop = async () => {
    launcher.kill('SIGTERM');
    await exited;
  };
  return { run, services: Object.fromEntries(ours.map(([name, { pid }]) => [name, pid])), stop };
}

/** The launcher's last line before it stays up names the logs. */
function untilUp(launcher, exited) {
  return new Promise((resolve, reject) => {
    launcher.stdout.on('data', (chunk) => /^\s*· logs/m.test(String(chunk)) && resolve());
    void exited.then((code) => reject(new Error(`the system did not come up (exit code ${code})`)));
  });
}
