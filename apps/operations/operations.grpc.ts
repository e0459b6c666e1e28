import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import {
  DiscardDeadLetterRequest,
  DiscardDeadLetterResponse,
  ReplayDeadLetterRequest,
  ReplayDeadLetterResponse,
  type CheckInvariantsRequest,
  type CheckInvariantsResponse,
  type GetDeadLetterRequest,
  type GetDeadLetterResponse,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
  type ListActionsRequest,
  type ListActionsResponse,
  type ListQueuesRequest,
  type ListQueuesResponse,
  type RecordActionRequest,
  type RecordActionResponse,
  type RecordOutcomeRequest,
  type RecordOutcomeResponse,
} from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { discardBody } from '#libs/contracts/http/ops.js';
import { callContext, remainingMs } from '#libs/grpc/call-context.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { AnswerOnce } from '#libs/idempotency/answer-once.js';
import { parse } from '#libs/kernel/parse.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { CheckInvariants } from './check-invariants/check-invariants.js';
import { deadLetterMessage } from './dead-letter/dead-letter-message.js';
import type { Decision } from './dead-letter/decide.js';
import { DiscardDeadLetter } from './discard-dead-letter/discard-dead-letter.js';
import { GetDeadLetter } from './list-dead-letters/get-dead-letter.js';
import { ListDeadLetters } from './list-dead-letters/list-dead-letters.js';
import { listRequest } from './list-dead-letters/request.js';
import { ListQueues } from './list-queues/list-queues.js';
import { ListActions } from './record-actions/list-actions.js';
import { RecordActions } from './record-actions/record-actions.js';
import { actionRequest, actionsRequest, outcomeRequest } from './record-actions/request.js';
import { ReplayDeadLetter } from './replay-dead-letter/replay-dead-letter.js';

const idRequest = z.object({ id: z.uuid().transform((id) => id.toLowerCase()) });
/** Of a check that is under way, for whoever has no deadline; and what is left of one for the answer. */
const MAX_WAIT_MS = 30_000;
const ANSWER_RESERVE_MS = 500;

/** `waybill.operations.v1.OperationsService`: identifies the operator, validates and delegates. */
@Controller()
export class OperationsGrpc {
  constructor(
    private readonly callers: IdentifyCaller,
    private readonly once: AnswerOnce,
    private readonly listing: ListDeadLetters,
    private readonly getting: GetDeadLetter,
    private readonly replaying: ReplayDeadLetter,
    private readonly discarding: DiscardDeadLetter,
    private readonly checking: CheckInvariants,
    private readonly queues: ListQueues,
    private readonly audit: RecordActions,
    private readonly actions: ListActions,
  ) {}

  @GrpcMethod('OperationsService', 'listDeadLetters')
  async listDeadLetters(request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> {
    await this.callers.withScope('ops');
    return this.listing.execute(parse(listRequest, request));
  }

  @GrpcMethod('OperationsService', 'getDeadLetter')
  async getDeadLetter(request: GetDeadLetterRequest): Promise<GetDeadLetterResponse> {
    await this.callers.withScope('ops');
    return this.getting.execute(parse(idRequest, request).id);
  }

  @GrpcMethod('OperationsService', 'replayDeadLetter')
  async replayDeadLetter(request: ReplayDeadLetterRequest): Promise<ReplayDeadLetterResponse> {
    const decision = await this.decision('replay', request.id, null);
    const codecs = { request: ReplayDeadLetterRequest, answer: ReplayDeadLetterResponse };
    return this.once.execute({ caller: decision.operator, method: 'replay', request, codecs }, async () => ({
      deadLetter: deadLetterMessage(await this.replaying.execute(decision)),
    }));
  }

  @GrpcMethod('OperationsService', 'discardDeadLetter')
  async discardDeadLetter(request: DiscardDeadLetterRequest): Promise<DiscardDeadLetterResponse> {
    const { reason } = parse(discardBody, { reason: request.reason });
    const decision = await this.decision('discard', request.id, reason);
    const codecs = { request: DiscardDeadLetterRequest, answer: DiscardDeadLetterResponse };
    return this.once.execute({ caller: decision.operator, method: 'discard', request, codecs }, async () => ({
      deadLetter: deadLetterMessage(await this.discarding.execute(decision)),
    }));
  }

  @GrpcMethod('OperationsService', 'checkInvariants')
  async checkInvariants({ full }: CheckInvariantsRequest): Promise<CheckInvariantsResponse> {
    await this.callers.withScope('ops');
    return this.checking.execute(remainingMs(MAX_WAIT_MS) - ANSWER_RESERVE_MS, full);
  }

  @GrpcMethod('OperationsService', 'listQueues')
  async listQueues(_: ListQueuesRequest): Promise<ListQueuesResponse> {
    await this.callers.withScope('ops');
    return this.queues.execute();
  }

  @GrpcMethod('OperationsService', 'recordAction')
  async recordAction(request: RecordActionRequest): Promise<RecordActionResponse> {
    const { subject } = await this.callers.withScope('ops');
    await this.audit.begin(subject, parse(actionRequest, request));
    return {};
  }

  @GrpcMethod('OperationsService', 'recordOutcome')
  async recordOutcome(request: RecordOutcomeRequest): Promise<RecordOutcomeResponse> {
    const { subject } = await this.callers.withScope('ops');
    await this.audit.end(subject, parse(outcomeRequest, request));
    return {};
  }

  @GrpcMethod('OperationsService', 'listActions')
  async listActions(request: ListActionsRequest): Promise<ListActionsResponse> {
    await this.callers.withScope('ops');
    return this.actions.execute(parse(actionsRequest, request));
  }

  private async decision(action: Decision['action'], id: string, reason: string | null): Promise<Decision> {
    const { subject: operator } = await this.callers.withScope('ops');
    const { idempotencyKey: key } = callContext();
    if (key === undefined)
      throw new WaybillError('IDEMPOTENCY_KEY_MISSING', 'Send idempotency-key: one per intent, again with each retry.');
    return { id: parse(idRequest, { id }).id, action, operator, key, reason };
  }
}
