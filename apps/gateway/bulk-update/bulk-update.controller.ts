import type { OutgoingHttpHeaders } from 'node:http';
import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { bulkUpdate } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { CONFIG, type GatewayConfig } from '../gateway.config.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { answerLines } from './answer-lines.js';

@Controller()
export class BulkUpdateController {
  constructor(
    @Inject(ORDERS) private readonly orders: Orders,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  @Serves(bulkUpdate)
  async update(
    @Input() { body: lines }: InputOf<typeof bulkUpdate>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // nginx would collect them
    });
    reply.raw.flushHeaders();
    await answerLines({
      lines,
      answer: reply.raw,
      ask: async (requests) => (await this.orders.bulkUpdateOrders(requests, forward)).results,
      maxLineBytes: this.config.WAYBILL_BULK_LINE_BYTES,
      patienceMs: this.config.WAYBILL_REQUEST_TIMEOUT_MS,
      readPatienceMs: this.config.WAYBILL_BULK_READ_PATIENCE_MS,
    });
  }
}
