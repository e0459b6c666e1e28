import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WaybillError } from '#libs/kernel/errors.js';
import type { World } from '../world.js';
import type { Answer, Call } from './calls.js';

/** The worlds of all orders, by order id. */
export type Worlds = ReadonlyMap<string, World>;

/** A worker's process, as its parent sees it. */
export class WorkerProcess {
  private readonly child: ChildProcess;

  /** @param args of worker.ts */
  constructor(worlds: Worlds, args: readonly string[]) {
    const script = fileURLToPath(new URL('./worker.ts', import.meta.url));
    this.child = fork(script, args, { serialization: 'advanced' });
    this.child.on('message', (call: Call) => {
      // One that was killed meanwhile needs no answer.
      void answerOf(worlds, call).then((answer) => this.child.connected && this.child.send(answer, () => undefined));
    });
  }

  /** As the kernel ends what takes too much memory. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

type Methods = Readonly<Record<string, (request: object) => Promise<unknown>>>;

async function answerOf(worlds: Worlds, { id, participant, method, request }: Call): Promise<Answer> {
  const world = worlds.get(request.orderId);
  if (!world) throw new Error(`No such order: ${request.orderId}`);
  const { stock: inventory, money: payments, carrier: shipping, log: progress } = world;
  const asked = { inventory, payments, shipping, progress }[participant] as unknown as Methods;
  try {
    return { id, answer: await asked[method]?.(request) };
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return { id, code: error.code, message: error.message };
  }
}
