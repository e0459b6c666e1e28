import { Injectable } from '@nestjs/common';
import {
  RebuildProjectionRequest,
  RebuildProjectionResponse,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { callContext } from '#libs/grpc/call-context.js';
import { AnswerOnce } from '#libs/idempotency/answer-once.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { logger } from '#libs/telemetry/logger.js';
import { Generations } from '../generations/generations.js';
import { isProjectionName } from '../projections/index.js';
import { PROJECTION_NAMES, type ProjectionName } from '../projections/projection.js';
import { Rebuilder } from './rebuilder.js';

/** An operator wants a projection built anew. */
@Injectable()
export class RebuildProjection {
  constructor(
    private readonly callers: IdentifyCaller,
    private readonly once: AnswerOnce,
    private readonly generations: Generations,
    private readonly rebuilder: Rebuilder,
  ) {}

  async execute({ name }: RebuildProjectionRequest): Promise<RebuildProjectionResponse> {
    const { subject: caller } = await this.callers.withScope('ops');
    if (!isProjectionName(name))
      throw new WaybillError('NOT_FOUND', `There is no such projection; there are ${PROJECTION_NAMES.join(', ')}.`);
    const codecs = { request: RebuildProjectionRequest, answer: RebuildProjectionResponse };
    const asked = { caller, method: 'rebuild-projection', request: { name }, codecs };
    return this.once.execute(asked, () => this.begin(name, caller));
  }

  /** The key is the generation's too: begun again after a crash, it is the same one. */
  private async begin(name: ProjectionName, operator: string): Promise<RebuildProjectionResponse> {
    const key = `${operator} ${callContext().idempotencyKey ?? ''}`;
    const generation = await this.generations.request(name, 'requested', key);
    logger().info({ projection: name, generation, operator }, 'a rebuild was asked for');
    this.rebuilder.wake();
    return { generation };
  }
}
