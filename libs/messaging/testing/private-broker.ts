import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Urls {
  readonly rabbitmq: { readonly amqp: string; readonly pid?: number };
}

/** A RabbitMQ of the test's own, with its own data, that may be killed. */
export class PrivateBroker {
  /** False where the tests were given a broker by its address: that one is not ours to kill. */
  static readonly possible = process.env['WAYBILL_RABBITMQ_URL'] === undefined;

  /** Where a node's environment can be seen: then it can be told to raise its alarm. */
  static readonly alarmPossible = PrivateBroker.possible && existsSync('/proc/self/environ');

  private readonly folder = mkdtempSync(join(tmpdir(), 'waybill-broker-'));
  private runner: ChildProcess | undefined;
  private urls: Urls | undefined;

  /** Its address; the same after a restart. */
  get url(): string {
    if (!this.urls) throw new Error('The broker was not started');
    return this.urls.rabbitmq.amqp;
  }

  async start(): Promise<void> {
    const runner = spawn(
      process.execPath,
      ['scripts/engines/main.mjs', 'up', '--only', 'rabbitmq', '--dir', this.folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.runner = runner;
    const [line] = (await Promise.race([
      once(createInterface(runner.stdout), 'line'),
      once(runner, 'exit').then(failed),
    ])) as [string];
    this.urls = JSON.parse(line) as Urls;
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    const { pid } = this.urls?.rabbitmq ?? {};
    if (pid === undefined) throw new Error('The broker was not started');
    process.kill(pid, 'SIGKILL');
    await this.endRunner();
  }

  /** Switches the memory alarm on or off, as `rabbitmqctl set_vm_memory_high_watermark` does: with it on, nobody can publish. */
  async alarm(on: boolean): Promise<void> {
    const node = this.environment();
    const watermark = on ? '{absolute, 1}' : '{absolute, 2000000000}';
    const call = `vm_memory_monitor set_vm_memory_high_watermark [${watermark}]`;
    await run(join(node['BINDIR'] ?? '', 'erl_call'), ['-sname', node['RABBITMQ_NODENAME'] ?? '', '-a', call], {
      env: node,
    });
  }

  async stop(): Promise<void> {
    await this.endRunner();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The node's own, with which Erlang's programs find it. */
  private environment(): Record<string, string> {
    const entries = readFileSync(`/proc/${this.urls?.rabbitmq.pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(entries.map((entry) => entry.split(/=([^]*)/).slice(0, 2) as [string, string]));
  }

  private async endRunner(): Promise<void> {
    if (!this.runner || this.runner.exitCode !== null) return;
    const ended = once(this.runner, 'exit');
    this.runner.kill('SIGTERM');
    await ended;
  }
}

function failed(): never {
  throw new Error('The broker did not start; its runner has said why');
}
