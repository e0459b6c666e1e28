import { activityInfo } from '@temporalio/activity';
import { Inject, Injectable } from '@nestjs/common';
import type { StepDirection, StepName, StepOutcome } from '#libs/contracts/steps.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { messageOf } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { logger, withLogContext } from '#libs/telemetry/logger.js';
import type { StepAnswer, StepCall, StepRecord } from '#workflows/fulfil-order/contract.js';
import { attemptsCounted, attemptsTimed } from '../fulfilment.metrics.js';
import { PROGRESS, type Progress } from '../participants.js';
import { stepRequest } from '../record-progress/progress-requests.js';
import { activityFailure, codeOf, isRefusal } from './refusals.js';
import { TimeBudget } from './time-budget.js';

/** What is recorded of an attempt besides how and when it ended. */
type Told = Pick<StepRecord, 'detail' | 'amount' | 'shipment'>;

export interface Attempt<Response, Success extends Told> {
  readonly step: StepName;
  readonly direction: StepDirection;
  readonly call: StepCall;
  readonly ask: (options: CallOptions) => Promise<Response>;
  readonly tell: (response: Response) => Success;
}

/** One attempt of a step: asks the participant, then records in orders what came of it, failures and refusals too. */
@Injectable()
export class AttemptStep {
  constructor(@Inject(PROGRESS) private readonly progress: Progress) {}

  /** @throws ApplicationFailure whose type is the participant's code; a refused do is not retryable. */
  make<Response, Success extends Told>(
    attempt: Attempt<Response, Success>,
  ): Promise<{ readonly told: Success; readonly answer: StepAnswer }> {
    return withLogContext({ orderId: attempt.call.orderId }, async () => {
      const budget = new TimeBudget();
      const record = recorder(attempt);
      try {
        const told = attempt.tell(await attempt.ask(budget.forParticipant()));
        await failpoint('attempt-step.after-answer');
        const answer = await this.write(record('ok', told), budget);
        await failpoint('attempt-step.before-completion');
        return { told, answer };
      } catch (error) {
        const refused = isRefusal(error);
        const outcome = refused ? 'refused' : codeOf(error) === 'DEADLINE_EXCEEDED' ? 'timed_out' : 'failed';
        const detail = refused ? codeOf(error) : `${codeOf(error)}: ${messageOf(error)}`;
        const { unrecorded } = await this.write(record(outcome, { detail }), budget);
        throw activityFailure(error, { final: refused && attempt.direction === 'do', unrecorded });
      }
    });
  }

  /** The attempt has ended as it has, whether or not orders can be told: what could not be recorded is handed to the workflow. */
  private async write(record: StepRecord, budget: TimeBudget): Promise<StepAnswer> {
    const { step, direction, outcome } = record;
    attemptsCounted.inc({ step, direction, outcome });
    try {
      await this.progress.recordStep(stepRequest(record), budget.forRecord());
      return {};
    } catch (error) {
      logger().warn({ error, step, direction, outcome }, 'the attempt could not be recorded yet');
      return { unrecorded: record };
    }
  }
}

type Recorder = (outcome: StepOutcome, told: Told) => StepRecord;

function recorder({ step, direction, call }: Pick<Attempt<unknown, Told>, 'step' | 'direction' | 'call'>): Recorder {
  const attempt = call.attemptsBefore + activityInfo().attempt;
  const startedAt = new Date();
  return (outcome, told) => {
    const endedAt = new Date();
    attemptsTimed.observe({ step, direction }, (endedAt.getTime() - startedAt.getTime()) / 1_000);
    const times = { startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() };
    return { orderId: call.orderId, step, direction, attempt, outcome, ...times, ...told };
  };
}
