import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  BeginUndoRequest,
  RecordAmendmentRequest,
  RecordAttentionRequest,
  RecordDecisionRequest,
  RecordEndingRequest,
  RecordFactRequest,
  RecordResponse,
  RecordStepRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { parse } from '#libs/kernel/parse.js';
import { RecordProgress } from './record-progress/record-progress.js';
import {
  amendmentRecord,
  attentionRecord,
  decisionRecord,
  endingRecord,
  factRecord,
  stepRecord,
  undoRecord,
} from './record-progress/requests.js';

/** `waybill.orders.v1.OrderProgressService`: what the workflow records. */
@Controller()
export class OrderProgressGrpc {
  constructor(private readonly record: RecordProgress) {}

  @GrpcMethod('OrderProgressService', 'recordStep')
  async recordStep(request: RecordStepRequest): Promise<RecordResponse> {
    return this.record.execute(parse(stepRecord, request));
  }

  @GrpcMethod('OrderProgressService', 'beginUndo')
  async beginUndo(request: BeginUndoRequest): Promise<RecordResponse> {
    return this.record.execute(parse(undoRecord, request));
  }

  @GrpcMethod('OrderProgressService', 'recordEnding')
  async recordEnding(request: RecordEndingRequest): Promise<RecordResponse> {
    return this.record.execute(parse(endingRecord, request));
  }

  @GrpcMethod('OrderProgressService', 'recordFact')
  async recordFact(request: RecordFactRequest): Promise<RecordResponse> {
    return this.record.execute(parse(factRecord, request));
  }

  @GrpcMethod('OrderProgressService', 'recordDecision')
  async recordDecision(request: RecordDecisionRequest): Promise<RecordResponse> {
    return this.record.execute(parse(decisionRecord, request));
  }

  @GrpcMethod('OrderProgressService', 'recordAmendment')
  async recordAmendment(request: RecordAmendmentRequest): Promise<RecordResponse> {
    return this.record.execute(parse(amendmentRecord, request));
  }

  @GrpcMethod('OrderProgressService', 'recordAttention')
  async recordAttention(request: RecordAttentionRequest): Promise<RecordResponse> {
    return this.record.execute(parse(attentionRecord, request));
  }
}
