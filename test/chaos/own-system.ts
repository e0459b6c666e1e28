import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { System } from './system.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Parcels move soon, so that a run is over soon; but not before somebody can cancel. */
const SETTINGS = {
  WAYBILL_CARRIER_DISPATCH_AFTER: '6s',
  WAYBILL_CARRIER_DELIVER_AFTER: '3s',
  WAYBILL_RATE_LIMIT: 'off',
  NO_COLOR: '1',
};

export interface OwnSystem {
  readonly system: System;
  readonly stop: () => Promise<void>;
}

/** Brings up a system from empty data in a folder of its own, ready for kills. */
export async function startSystem(folder: string, settings: Readonly<Record<string, string>>): Promise<OwnSystem> {
  const failpoints = join(folder, 'failpoints');
  rmSync(failpoints, { recursive: true, force: true });
  mkdirSync(failpoints, { recursive: true });
  const launcher = spawn(process.execPath, [join(root, 'scripts/launch/main.mjs'), '--no-samples', '--fresh'], {
    cwd: root,
    env: { ...process.env, ...SETTINGS, ...settings, WAYBILL_FOLDER: folder, WAYBILL_FAILPOINTS_FOLDER: failpoints },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise<number | null>((resolve) => launcher.once('exit', resolve));
  const stop = async (): Promise<void> => {
    launcher.kill('SIGTERM');
    await exited;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(130)));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    launcher.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk);
      if (/^\s*· logs/m.test(said)) resolve(); // its last line before it stays up
    });
    void exited.then((code) => reject(new Error(`The system did not come up (exit code ${code}):\n${said}`)));
  });
  const system = new System(join(folder, 'run.json'), failpoints);
  return { system, stop: async () => (await system.close(), stop()) };
}
