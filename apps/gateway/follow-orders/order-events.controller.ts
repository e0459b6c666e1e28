import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { orderEvents } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { ORDERS, type Orders } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { EventClients } from './event-clients.js';
import { Follower } from './follower.js';

/** How soon a client that was cut off comes again. */
const HELLO = 'retry: 1000\n\n';

@Controller()
export class OrderEventsController {
  constructor(
    @Inject(ORDERS) private readonly orders: Orders,
    private readonly clients: EventClients,
  ) {}

  @Serves(orderEvents)
  async follow(
    @Input() { params: { id }, headers }: InputOf<typeof orderEvents>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    notesOf(request).orderId = id;
    if (reply.raw.closed) return;
    const leave = this.clients.admit();
    reply.raw.once('close', leave);
    const after = Number(headers['last-event-id'] ?? 0);
    const follower = new Follower(this.orders, id, after, forward, () => {
      const client = this.clients.add(begin(reply));
      if (request.method === 'HEAD') client.close();
      return client;
    });
    reply.raw.once('close', () => follower.close());
    if (!(await follower.begun)) await reply.code(204).send();
  }
}

/** From here on the answer is written piece by piece. */
function begin(reply: FastifyReply): ServerResponse {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': 'text/event-stream',
    vary: 'Authorization',
    'x-accel-buffering': 'no', // nginx would collect them
  });
  reply.raw.write(HELLO);
  return reply.raw;
}
