import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import type { coresdk } from '@temporalio/proto';

export type Command = coresdk.workflow_commands.IWorkflowCommand;

/** Where the commands go: out of the workflow's sandbox. */
export interface CommandSinks extends Sinks {
  readonly replay: { told(commands: readonly Command[]): void };
}

/** Bundled with workflows that are replayed: tells all that their code asks of Temporal, which the SDK checks only in part. */
export function interceptors(): WorkflowInterceptors {
  const { replay } = proxySinks<CommandSinks>();
  return {
    internals: [
      {
        concludeActivation(input, next) {
          replay.told(input.commands);
          return next(input);
        },
      },
    ],
  };
}
