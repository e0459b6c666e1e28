import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { listBreakers, listPolicies, type PolicyList } from '#libs/contracts/http/resilience.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { RETRIES } from '#libs/resilience/policy.js';
import { policiesInForce } from '#libs/resilience/policy-rows.js';
import { POLICIES, type Caller } from '#libs/resilience/policies.js';
import { CONFIG, type GatewayConfig } from '../gateway.config.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { AskBreakers } from './ask-breakers.js';

/** What is given up when, and what is given up now. */
@Controller()
export class ResilienceController {
  constructor(
    private readonly breakers: AskBreakers,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** One setting is for the whole system, so this process knows what the others do. */
  @Serves(listPolicies)
  async policies(@Input() _: unknown, @Res() reply: FastifyReply): Promise<void> {
    const callers = Object.keys(POLICIES) as Caller[];
    const items = callers.flatMap((caller) => policiesInForce(caller, this.config.WAYBILL_POLICIES));
    const body: PolicyList = { retries: RETRIES, items };
    await reply.code(200).header('cache-control', 'no-store').send(body);
  }

  @Serves(listBreakers)
  async list(@Input() _: unknown, @Forward() forward: CallOptions, @Res() reply: FastifyReply): Promise<void> {
    await reply
      .code(200)
      .header('cache-control', 'no-store')
      .send(await this.breakers.execute(forward));
  }
}
