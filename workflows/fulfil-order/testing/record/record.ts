/**
 * Records the histories of a release on the Temporal server that is given, or only what its commands are:
 *   record.ts <release> <folder> <address of Temporal>
 *   record.ts <release> <folder> commands
 */
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection } from '@temporalio/worker';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encryptedBy, FAILURE_CONVERTER } from '#libs/temporal/data-converter.js';
import { prepareNamespace } from '#libs/temporal/prepare-namespace.js';
import { TEST_KEYS } from '#libs/testing/payload-keys.js';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../contract.js';
import type { World } from '../world.js';
import { readHistories, writeHistory, type RecordedHistory } from '../../../testing/replay/recorded-history.js';
import { bundleForReplay, replay } from '../../../testing/replay/replay.js';
import { RecordedOrder } from './recorded-order.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';
import { withoutMachine } from './without-machine.js';
import { WorkerProcess } from './worker-process.js';

type WithoutCommands = Omit<RecordedHistory, 'commands'>;

const [release = '', folder = '', source = ''] = process.argv.slice(2);
const index = fileURLToPath(new URL('../../../index.ts', import.meta.url));
const AT_ONCE = 4 * availableParallelism();
const worlds = new Map<string, World>();

const recorded =
  source === 'commands'
    ? (await readHistories(folder)).filter(({ name }) => name.startsWith(`${release}/`))
    : await recordAll(source);
await writeAll(recorded);
process.exit();

async function recordAll(address: string): Promise<WithoutCommands[]> {
  const connection = await NativeConnection.connect({ address });
  const attributes = Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, type] as const);
  await prepareNamespace(connection, 'default', Object.fromEntries(attributes));
  const client = new Client({ connection, identity: 'client', dataConverter: encryptedBy(TEST_KEYS) });
  const bundle = await bundleForWorkers();
  const startWorker = (taskQueue: string) => new WorkerProcess(worlds, [address, taskQueue, bundle]);
  const worker = startWorker(TASK_QUEUE);
  const waiting = [...SCENARIOS];
  const done: WithoutCommands[] = [];
  const work = async () => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) {
      done.push(await recordOne(scenario, client, startWorker));
      process.stdout.write(`recorded ${scenario.name}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await worker.kill();
  await connection.close();
  await rm(dirname(bundle), { recursive: true });
  return done;
}

async function recordOne(
  { name, policy, worker: kind, given, then }: Scenario,
  client: Client,
  startWorker: (taskQueue: string) => WorkerProcess,
): Promise<WithoutCommands> {
  const taskQueue = kind ? `${TASK_QUEUE}-${name}` : TASK_QUEUE;
  let own = kind === 'own' ? startWorker(taskQueue) : undefined;
  const order = new RecordedOrder(client, taskQueue, async () => {
    await own?.kill();
    own = startWorker(taskQueue);
  });
  worlds.set(order.world.orderId, order.world);
  try {
    given?.(order.world, order);
    await order.start(policy);
    await then(order);
    return { name: `${release}/${name}`, workflowId: order.workflowId, events: withoutMachine(await order.events()) };
  } catch (error) {
    throw new Error(`${name}: ${String(error)}`, { cause: error });
  } finally {
    await order.abandon();
    await own?.kill();
  }
}

/** Made once for all workers, as the build does. */
async function bundleForWorkers(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: index,
    failureConverterPath: FAILURE_CONVERTER,
    logger: new DefaultLogger('ERROR'),
  });
  const file = join(await mkdtemp(join(tmpdir(), 'waybill-workflows-')), 'bundle.js');
  await writeFile(file, code);
  return file;
}

async function writeAll(histories: readonly WithoutCommands[]): Promise<void> {
  const bundle = await bundleForReplay(index);
  const replays = await replay(bundle, histories);
  const complete = histories.map((history, place) => {
    const { failure, commands = [] } = replays[place] ?? {};
    if (failure !== undefined) throw new Error(`${history.name} cannot be replayed by this code: ${failure}`);
    return { ...history, commands };
  });
  // Only now: whatever goes wrong before leaves the old ones.
  await rm(join(folder, release), { recursive: true, force: true });
  for (const history of complete) await writeHistory(folder, history);
  process.stdout.write(`${histories.length} histories of ${release} in ${folder}\n`);
}
