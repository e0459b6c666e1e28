import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import {
  getSales,
  listProjections,
  rebuildProjection,
  type ProjectionList,
  type RebuildAccepted,
  type SalesPage,
} from '#libs/contracts/http/projections.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { ORDER_VIEW, type OrderView } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { presentProjection, presentSalesHour } from './present-projection.js';

@Controller()
export class ProjectionsController {
  constructor(@Inject(ORDER_VIEW) private readonly view: OrderView) {}

  @Serves(listProjections)
  async list(@Input() _: unknown, @Forward() forward: CallOptions, @Res() reply: FastifyReply): Promise<void> {
    const { items } = await this.view.listProjections({}, forward);
    const list: ProjectionList = { items: items.map(presentProjection) };
    await reply.code(200).header('cache-control', 'no-store').send(list);
  }

  @Serves(rebuildProjection)
  async rebuild(
    @Input() { params }: InputOf<typeof rebuildProjection>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { generation } = await this.view.rebuildProjection({ name: params.name }, forward);
    // The service has refused every other name.
    const accepted: RebuildAccepted = { name: params.name as RebuildAccepted['name'], generation };
    await reply.code(202).header('cache-control', 'no-store').send(accepted);
  }

  @Serves(getSales)
  async sales(
    @Input() { query }: InputOf<typeof getSales>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { sku = '', from, to, cursor = '', limit } = query;
    const answer = await this.view.getSales(
      { sku, from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined, cursor, limit },
      forward,
    );
    const page: SalesPage = { items: answer.items.map(presentSalesHour), nextCursor: answer.nextCursor || null };
    await reply.code(200).header('cache-control', 'no-store').send(page);
  }
}
