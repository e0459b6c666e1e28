import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { encryptedBy, FAILURE_CONVERTER } from '#libs/temporal/data-converter.js';
import { TEST_KEYS } from '#libs/testing/payload-keys.js';
import { presentCommand, type PresentedCommand } from './present-command.js';
import type { RecordedHistory } from './recorded-history.js';
import type { Command } from './tell-commands.js';

export interface Replay {
  readonly name: string;
  readonly commands: readonly PresentedCommand[];
  /** Why Temporal cannot go on with it. */
  readonly failure?: string;
}

const QUIET = new DefaultLogger('ERROR');

/** Workflow code as the worker runs it, traced, that tells its commands. */
export async function bundleForReplay(workflowsPath: string): Promise<WorkflowBundleWithSourceMap> {
  const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  return await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [at('../../trace.ts'), at('./tell-commands.ts')],
    failureConverterPath: FAILURE_CONVERTER,
    logger: QUIET,
  });
}

/** Runs the code against what was recorded, without a server, with the key by which it was recorded. */
export async function replay(
  workflowBundle: WorkflowBundleWithSourceMap,
  histories: readonly Pick<RecordedHistory, 'name' | 'workflowId' | 'events'>[],
): Promise<Replay[]> {
  // Each failure is told below.
  const logging = { filter: 'OFF', forward: {} } as const;
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging } });
  const told = new Map<string, Command[]>(histories.map(({ workflowId }) => [workflowId, []]));
  const fn = (info: { workflowId: string }, commands: readonly Command[]) =>
    void told.get(info.workflowId)?.push(...commands);
  const sinks = { replay: { told: { fn, callDuringReplay: true } } };
  const failures = new Map<string, string>();
  const recorded = histories.map(({ workflowId, events }) => ({ workflowId, history: { events } }));
  const options = { workflowBundle, sinks, dataConverter: encryptedBy(TEST_KEYS) };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, recorded)) {
    if (error) failures.set(workflowId, error.message);
  }
  return histories.map(({ name, workflowId }) => ({
    name,
    commands: (told.get(workflowId) ?? []).map(presentCommand),
    ...(failures.has(workflowId) && { failure: failures.get(workflowId) ?? '' }),
  }));
}
