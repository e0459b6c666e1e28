import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import {
  NativeConnection,
  Worker,
  type NativeConnectionOptions,
  type WorkerInterceptors,
  type WorkerOptions,
} from '@temporalio/worker';
import { DependencyUnavailable } from '#libs/messaging/failures.js';
import { logger } from '#libs/telemetry/logger.js';
import { prepareNamespace, type SearchAttributeTypes } from './prepare-namespace.js';
import { installTemporalRuntime } from './temporal-logs.js';
import { tracedActivities, tracedClient, tracingSinks, type LogFieldsOf } from './trace-workflows.js';

export interface OrchestratorOptions {
  readonly connect: NativeConnectionOptions;
  readonly namespace: string;
  /** Of the worker, its workflows and the client alike. */
  readonly dataConverter: DataConverter;
  readonly taskQueue: string;
  readonly searchAttributes: SearchAttributeTypes;
  readonly activities: object;
  readonly logFieldsOf: LogFieldsOf;
  /** How many workflows may be at work in this process at once. */
  readonly concurrent: number;
}

const RETRY_MS = 1_000;
const CALL_TIMEOUT_MS = 5_000;
/** Below what a readiness check may take. */
const CHECK_TIMEOUT_MS = 1_500;
const GRACE = '8s';
/** A poll holds the room of a task while it waits for one. */
const POLLS = 20;

/**
 * A Temporal worker and a client that share one connection, which is what lets a workflow begin in the process that
 * starts it. Temporal may be away when the service starts, and later: it is waited for.
 */
export class Orchestrator {
  private connection: NativeConnection | undefined;
  private worker: Worker | undefined;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: OrchestratorOptions) {
    installTemporalRuntime();
  }

  /** Returns at once; works in the background until stopped. */
  start(): void {
    this.running = this.run();
  }

  /** Takes no new tasks, lets those in flight end for a while, closes the connection. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
    await this.running;
  }

  /** @throws DependencyUnavailable while no worker is at work, or Temporal does not answer it. */
  async check(): Promise<void> {
    if (this.worker?.getState() !== 'RUNNING') throw new DependencyUnavailable('Temporal cannot be reached');
    await this.call(({ connection }) => connection.workflowService.getSystemInfo({}), CHECK_TIMEOUT_MS);
  }

  /**
   * Calls Temporal, for five seconds at most unless told otherwise.
   * @throws DependencyUnavailable when it cannot be reached; else what Temporal answered.
   */
  async call<Result>(work: (client: Client) => Promise<Result>, timeoutMs = CALL_TIMEOUT_MS): Promise<Result> {
    const { connection } = this;
    const { namespace, dataConverter } = this.options;
    if (connection === undefined) throw new DependencyUnavailable('Temporal cannot be reached yet');
    const client = new Client({ connection, namespace, dataConverter, interceptors: tracedClient() });
    try {
      return await connection.withDeadline(Date.now() + timeoutMs, () => work(client));
    } catch (error) {
      throw isUnreachable(error) ? new DependencyUnavailable('Temporal does not answer', { cause: error }) : error;
    }
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.work();
      } catch (error) {
        logger().warn({ error }, 'the worker is not at work; trying again');
        await pause(RETRY_MS);
      }
    }
  }

  private async work(): Promise<void> {
    const { connect, namespace, searchAttributes } = this.options;
    const connection = await NativeConnection.connect(connect);
    try {
      await prepareNamespace(connection, namespace, searchAttributes);
      this.worker = await Worker.create(this.workerOn(connection));
      this.connection = connection;
      if (this.stopping) return;
      await this.worker.run();
    } finally {
      this.connection = undefined;
      this.worker = undefined;
      await connection.close();
    }
  }

  /**
   * A workflow holds the room of its task while its local activities run, which is most of the time that an order is on its way. With
   * room for fewer than are on their way, those that the queue holds are overtaken by those that begin here, and wait for minutes.
   */
  private workerOn(connection: NativeConnection): WorkerOptions {
    const { namespace, dataConverter, taskQueue, activities, logFieldsOf, concurrent } = this.options;
    return {
      connection,
      namespace,
      dataConverter,
      taskQueue,
      activities,
      maxConcurrentWorkflowTaskExecutions: concurrent + POLLS,
      maxConcurrentWorkflowTaskPolls: POLLS,
      maxConcurrentLocalActivityExecutions: concurrent,
      shutdownGraceTime: GRACE,
      sinks: tracingSinks(logFieldsOf),
      ...workflowCode(tracedActivities(logFieldsOf)),
    };
  }
}

/** The bundle that the build made; without one the worker makes its own, which takes a second. Tests run from the sources. */
function workflowCode(
  interceptors: WorkerInterceptors,
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  const at = (file: string): string => fileURLToPath(new URL(`../../workflows/${file}`, import.meta.url));
  const codePath = at('bundle.js');
  if (existsSync(codePath)) return { workflowBundle: { codePath }, interceptors };
  const source = (name: string): string => (existsSync(at(`${name}.js`)) ? at(`${name}.js`) : at(`${name}.ts`));
  return { workflowsPath: source('index'), interceptors: { ...interceptors, workflowModules: [source('trace')] } };
}

const UNREACHABLE = new Set([1, 4, 8, 14]);

/** gRPC: cancelled, deadline exceeded, resource exhausted, unavailable. The SDK wraps the error that carries the status. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'number' && UNREACHABLE.has(error.code)) return true;
  return error.cause !== undefined && isUnreachable(error.cause);
}
