import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { locate } from '../engines/test-server.mjs';
import { say } from './report.mjs';

/** Two of what customers reach, as anybody would run it: what is true with one process alone is not enough. */
const SETTINGS = {
  WAYBILL_REPLICAS: 'gateway=2,orders=2',
  WAYBILL_RATE_LIMIT: 'off',
  WAYBILL_TRACES: 'on',
  NO_COLOR: '1',
};

/**
 * Starts the system from empty data in a folder of its own, gives its addresses to `work` as environment variables,
 * and stops it whatever happens.
 */
export async function withSystem(root, work) {
  const folder = join(root, '.waybill', 'test');
  const failpoints = join(folder, 'failpoints');
  rmSync(failpoints, { recursive: true, force: true });
  mkdirSync(failpoints, { recursive: true });
  const folders = { WAYBILL_FOLDER: folder, WAYBILL_FAILPOINTS_FOLDER: failpoints };
  const launcher = spawn(process.execPath, [join(root, 'scripts', 'launch', 'main.mjs'), '--no-samples', '--fresh'], {
    cwd: root,
    env: { ...process.env, ...folders, ...SETTINGS },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise((resolve) => launcher.once('exit', resolve));
  const stop = async () => {
    launcher.kill('SIGTERM');
    await exited;
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop().then(() => process.exit(130)));
  try {
    await untilUp(launcher, exited);
    await work({ ...(await addresses(folder)), WAYBILL_FAILPOINTS_FOLDER: failpoints });
  } finally {
    await stop();
  }
}

/** The launcher's last line before it stays up names the logs. */
function untilUp(launcher, exited) {
  return new Promise((resolve, reject) => {
    launcher.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      if (/^\s*· logs/m.test(String(chunk))) resolve();
    });
    void exited.then((code) => reject(new Error(`the system did not come up (exit code ${code})`)));
  });
}

async function addresses(folder) {
  const file = join(folder, 'run.json');
  const run = JSON.parse(readFileSync(file, 'utf8'));
  const testServer = await locate({
    report: ({ engine, phase, detail }) => say(`${engine}: ${phase} ${detail ?? ''}`),
  });
  return {
    WAYBILL_RUN_FILE: file,
    WAYBILL_TEST_POSTGRES_URL: run.postgres.url,
    WAYBILL_TEST_RABBITMQ_URL: run.rabbitmq.amqp,
    WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL: run.rabbitmq.management,
    WAYBILL_TEST_TEMPORAL_ADDRESS: run.temporal.address,
    WAYBILL_TEST_SERVER: testServer.binary,
  };
}
