import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DeadLetterState as WireState } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import {
  discardDeadLetter,
  getDeadLetter,
  listDeadLetters,
  replayDeadLetter,
  type DeadLetterPage,
} from '#libs/contracts/http/ops.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { OPERATIONS_DESK, type OperationsDesk } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { presentDeadLetter, presentDetails, WIRE_STATES } from './present-dead-letter.js';

@Controller()
export class DeadLettersController {
  constructor(@Inject(OPERATIONS_DESK) private readonly operations: OperationsDesk) {}

  @Serves(listDeadLetters)
  async list(
    @Input() { query }: InputOf<typeof listDeadLetters>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { queue = '', reason = '', orderId = '', cursor = '', limit, state } = query;
    const asked = state === undefined ? WireState.UNSPECIFIED : WIRE_STATES[state];
    const answer = await this.operations.listDeadLetters(
      { queue, reason, orderId, cursor, limit, state: asked },
      forward,
    );
    const page: DeadLetterPage = {
      items: answer.items.map(presentDeadLetter),
      nextCursor: answer.nextCursor || null,
    };
    await send(reply, page);
  }

  @Serves(getDeadLetter)
  async get(
    @Input() { params: { id } }: InputOf<typeof getDeadLetter>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await send(reply, presentDetails(await this.operations.getDeadLetter({ id }, forward)));
  }

  @Serves(replayDeadLetter)
  async replay(
    @Input() { params: { id } }: InputOf<typeof replayDeadLetter>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { deadLetter } = await this.operations.replayDeadLetter({ id }, forward);
    await send(reply, presentDeadLetter(deadLetter));
  }

  @Serves(discardDeadLetter)
  async discard(
    @Input() { params: { id }, body: { reason } }: InputOf<typeof discardDeadLetter>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { deadLetter } = await this.operations.discardDeadLetter({ id, reason }, forward);
    await send(reply, presentDeadLetter(deadLetter));
  }
}

async function send(reply: FastifyReply, body: unknown): Promise<void> {
  await reply.code(200).header('cache-control', 'no-store').send(body);
}
