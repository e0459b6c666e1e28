import { isIPv6 } from 'node:net';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Operation } from '#libs/contracts/http/operation.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Caller } from '#libs/security/tokens.js';
import { counter } from '#libs/telemetry/metrics.js';
import type { GatewayConfig } from '../gateway.config.js';
import { MemoryBuckets } from './memory-buckets.js';
import { SharedBuckets } from './shared-buckets.js';
import type { Buckets, Demand, Level, Rate } from './token-bucket.js';
import { writeLimits } from './write-limits.js';

const refused = counter(
  'waybill_rate_limited_total',
  'Requests refused for their number, by the policy that refused them',
  ['policy'],
);

/** Routes that share a bucket of each caller. */
export type RouteClass = 'read' | 'write' | 'bulk' | 'ops';

/** Who may ask how often: token buckets per address, per caller, and per caller and class of routes. */
export class RateLimits implements OnModuleInit, OnApplicationShutdown {
  private readonly buckets: Buckets;
  private readonly byClass: Readonly<Record<RouteClass, Rate>>;

  constructor(private readonly config: GatewayConfig) {
    const memory = new MemoryBuckets();
    this.buckets = config.WAYBILL_REDIS_URL === undefined ? memory : new SharedBuckets(memory);
    this.byClass = {
      read: config.WAYBILL_RATE_READS,
      write: config.WAYBILL_RATE_WRITES,
      bulk: config.WAYBILL_RATE_BULKS,
      ops: config.WAYBILL_RATE_OPS,
    };
  }

  async onModuleInit(): Promise<void> {
    const { WAYBILL_REDIS_URL: url } = this.config;
    if (this.buckets instanceof SharedBuckets && url !== undefined) await this.buckets.connect(url);
  }

  onApplicationShutdown(): void {
    if (this.buckets instanceof SharedBuckets) this.buckets.close();
  }

  /** @throws WaybillError RATE_LIMITED */
  async fromAddress(ip: string, reply: FastifyReply): Promise<void> {
    await this.take([demand('address', networkOf(ip), this.config.WAYBILL_RATE_ADDRESS)], reply);
  }

  /** Whoever reports from this address without a token: a provider sends many from one. @throws WaybillError RATE_LIMITED */
  async ofWebhook(ip: string, reply: FastifyReply): Promise<void> {
    await this.take([demand('webhooks', networkOf(ip), this.config.WAYBILL_RATE_WEBHOOKS)], reply);
  }

  /** @throws WaybillError RATE_LIMITED */
  async ofCaller({ subject }: Caller, operation: Operation, reply: FastifyReply): Promise<void> {
    const routes = classOf(operation);
    await this.take(
      [demand('caller', subject, this.config.WAYBILL_RATE_CALLER), demand(routes, subject, this.byClass[routes])],
      reply,
    );
  }

  /** No token, or none that is valid, came from this address. @throws WaybillError RATE_LIMITED when that happens too often. */
  async ofFailure(ip: string, reply: FastifyReply): Promise<void> {
    await this.take([demand('failures', networkOf(ip), this.config.WAYBILL_RATE_FAILURES)], reply);
  }

  private async take(demands: readonly Demand[], reply: FastifyReply): Promise<void> {
    if (this.config.WAYBILL_RATE_LIMIT === 'off') return;
    const levels = await this.buckets.take(demands);
    writeLimits(reply, levels);
    const [empty] = levels.filter(({ waitMs }) => waitMs > 0).sort((one, other) => other.waitMs - one.waitMs);
    if (empty !== undefined) throw rateLimited(empty);
  }
}

export function classOf({ tag, method, body }: Operation): RouteClass {
  if (tag === 'ops') return 'ops';
  if (body === 'lines') return 'bulk';
  return method === 'get' ? 'read' : 'write';
}

function demand(policy: string, who: string, rate: Rate): Demand {
  return { policy, key: `${policy}:${who}`, rate };
}

/** Whoever has one IPv6 address has 2^64 of them. */
export function networkOf(ip: string): string {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}

function rateLimited({ policy, waitMs }: Level): WaybillError {
  refused.inc({ policy });
  const retryAfterSeconds = String(Math.ceil(waitMs / 1_000));
  return new WaybillError('RATE_LIMITED', `Too many requests (${policy}): wait ${retryAfterSeconds} s.`, {
    policy,
    retryAfterSeconds,
  });
}
