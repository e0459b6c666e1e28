import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Command } from './tell-commands.js';

const { WorkflowCommand } = proto.coresdk.workflow_commands;

/** A command as people read it, and as it is compared. */
export type PresentedCommand = Readonly<Record<string, unknown>>;

/** Not compared, as a running workflow goes on whatever they are. */
const LEFT_OUT = new Set([
  // Numbers that count the commands.
  ...['seq', 'activityId', 'protocolInstanceId'],
  // What Temporal's UI shows.
  ...['userMetadata', 'eventGroupMarkers'],
  // Where the code stands.
  ...['stackTrace', 'headers'],
]);
/** A replay has a task queue of its own. */
const OWN_QUEUE = /^fake_replay_queue-\d+$/;

/** With its payloads decoded and its durations as `1.5s`. */
export function presentCommand(command: Command): PresentedCommand {
  const plain = WorkflowCommand.toObject(WorkflowCommand.fromObject(command), { enums: String, longs: Number });
  return present(plain) as PresentedCommand;
}

function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== 'object' || value === null) return value;
  if (isPayload(value)) return defaultPayloadConverter.fromPayload(value);
  if (isDuration(value)) return `${(value.seconds ?? 0) + (value.nanos ?? 0) / 1e9}s`;
  const shown = Object.entries(value).filter(([key, each]) => !LEFT_OUT.has(key) && !OWN_QUEUE.test(String(each)));
  return Object.fromEntries(shown.map(([key, each]) => [key, present(each)]));
}

function isPayload(value: object): value is Payload {
  return 'metadata' in value && 'data' in value;
}

function isDuration(value: object): value is { seconds?: number; nanos?: number } {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key === 'seconds' || key === 'nanos');
}
