import { Inject, Injectable } from '@nestjs/common';
import type { CallOptions } from '#libs/grpc/client.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import type {
  AmendmentRecord,
  AttentionRecord,
  DecisionRecord,
  FactRecord,
  RecordActivities,
  StepRecord,
  UndoneEnding,
} from '#workflows/fulfil-order/contract.js';
import { activityFailure } from '../attempt-step/refusals.js';
import { TimeBudget } from '../attempt-step/time-budget.js';
import { attentionChanges } from '../fulfilment.metrics.js';
import { PROGRESS, type Progress } from '../participants.js';
import { amendmentRequest, decisionRequest, endingRequest, factRequest, stepRequest } from './progress-requests.js';

interface EndingRecord {
  readonly orderId: string;
  readonly ending: UndoneEnding;
}

/** What the workflow itself writes into orders' log. Each is idempotent there, and repeated until it is taken. */
@Injectable()
export class RecordProgress implements Omit<RecordActivities, 'shipOrder'> {
  constructor(@Inject(PROGRESS) private readonly progress: Progress) {}

  recordStep(record: StepRecord): Promise<void> {
    return this.write(record, (options) => this.progress.recordStep(stepRequest(record), options));
  }

  beginUndo(record: EndingRecord): Promise<void> {
    const { orderId, ending } = record;
    const request = { orderId, ending: endingRequest(ending), reason: ending.reason };
    return this.write(record, (options) => this.progress.beginUndo(request, options));
  }

  recordEnding(record: EndingRecord): Promise<void> {
    const request = { orderId: record.orderId, ending: endingRequest(record.ending) };
    return this.write(record, (options) => this.progress.recordEnding(request, options));
  }

  recordDecision(record: DecisionRecord): Promise<void> {
    return this.write(record, (options) => this.progress.recordDecision(decisionRequest(record), options));
  }

  recordAmendment(record: AmendmentRecord): Promise<void> {
    return this.write(record, (options) => this.progress.recordAmendment(amendmentRequest(record), options));
  }

  recordFact(record: FactRecord): Promise<void> {
    return this.write(record, (options) => this.progress.recordFact(factRequest(record), options));
  }

  async recordAttention(record: AttentionRecord): Promise<void> {
    const { orderId, topic, raised, reason, since } = record;
    const request = { orderId, step: topic, raised, reason, since: new Date(since) };
    await this.write(record, (options) => this.progress.recordAttention(request, options));
    attentionChanges.inc({ topic, change: raised ? 'raised' : 'cleared' });
  }

  private write(
    { orderId }: { readonly orderId: string },
    write: (options: CallOptions) => Promise<unknown>,
  ): Promise<void> {
    return withLogContext({ orderId }, async () => {
      try {
        await write(new TimeBudget().forRecord());
        await failpoint('record-progress.before-completion');
      } catch (error) {
        throw activityFailure(error);
      }
    });
  }
}
