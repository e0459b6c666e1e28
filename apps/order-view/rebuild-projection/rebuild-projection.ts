import { Injectable } from '@nestjs/common';
import type {
  RebuildProjectionRequest,
  RebuildProjectionResponse,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { callContext } from '#libs/grpc/call-context.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { logger } from '#libs/telemetry/logger.js';
import { Generations } from '../generations/generations.js';
import { isProjectionName } from '../projections/index.js';
import { PROJECTION_NAMES } from '../projections/projection.js';
import { Rebuilder } from './rebuilder.js';

/** An operator wants a projection built anew. */
@Injectable()
export class RebuildProjection {
  constructor(
    private readonly callers: IdentifyCaller,
    private readonly generations: Generations,
    private readonly rebuilder: Rebuilder,
  ) {}

  async execute({ name }: RebuildProjectionRequest): Promise<RebuildProjectionResponse> {
    const { subject } = await this.callers.withScope('ops');
    if (!isProjectionName(name))
      throw new WaybillError('NOT_FOUND', `There is no such projection; there are ${PROJECTION_NAMES.join(', ')}.`);
    const { idempotencyKey } = callContext();
    if (idempotencyKey === undefined)
      throw new WaybillError(
        'IDEMPOTENCY_KEY_MISSING',
        'Send an Idempotency-Key, so that a repetition is not a second rebuild.',
      );
    const generation = await this.generations.request(name, 'requested', idempotencyKey);
    logger().info({ projection: name, generation, subject }, 'a rebuild was asked for');
    this.rebuilder.wake();
    return { generation };
  }
}
