import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { CONFIG, type GatewayConfig } from '../gateway.config.js';
import { routerPath } from '../serve-operations/operation.decorator.js';
import { Admission } from './admission.js';
import { importanceOf, type Importance } from './importance.js';

/** Asked first of every request to the API, before its token is verified and its body read: a refusal must cost next to nothing. */
@Injectable()
export class RefuseOverload implements OnModuleInit {
  private readonly admission: Admission;
  private readonly importances: ReadonlyMap<string, Importance | 'none'>;

  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(CONFIG) config: GatewayConfig,
  ) {
    this.admission = new Admission({
      placing: config.WAYBILL_UNDER_WAY_PLACING,
      changing: config.WAYBILL_UNDER_WAY_CHANGING,
      reading: config.WAYBILL_UNDER_WAY_READING,
      background: config.WAYBILL_UNDER_WAY_BACKGROUND,
    });
    this.importances = new Map(
      OPERATIONS.map((operation) => [`${operation.method} ${routerPath(operation.path)}`, importanceOf(operation)]),
    );
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', async (request, reply) => {
      const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
      const importance = this.importances.get(`${method} ${request.routeOptions.url ?? ''}`) ?? 'none';
      if (importance !== 'none') reply.raw.once('close', this.admission.admit(importance));
    });
  }
}
