import type { RedisClientType } from '@redis/client';
import { messageOf } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { gauge } from '#libs/telemetry/metrics.js';
import { levelsOf, tokenMs, type Buckets, type Demand, type Level } from './token-bucket.js';

const shared = gauge(
  'waybill_rate_limit_shared',
  '1 while rate limits are shared through Redis, 0 while each process limits alone',
);

/** No request waits longer for it: the limits of this process stand in. */
const PATIENCE_MS = 100;
const RECONNECT_MS = 1_000;
const PREFIX = 'waybill:rate:';

/** See token-bucket. The clock is Redis's own: those of the gateways may differ. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local ahead, all = {}, true
for i, key in ipairs(KEYS) do
  local token, most = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  ahead[i] = math.max(tonumber(redis.call('GET', key) or '0'), now) + token - now
  if ahead[i] > most + 0.01 then all = false end
end
for i, key in ipairs(KEYS) do
  if all then redis.call('SET', key, string.format('%.3f', now + ahead[i]), 'PX', math.ceil(ahead[i])) end
  ahead[i] = string.format('%.3f', ahead[i])
end
return ahead`;

/** Buckets that every gateway shares. While Redis is away each limits by its own: that lets more in, and nobody is turned away for it. */
export class SharedBuckets implements Buckets {
  private client: RedisClientType | undefined;
  private reachable: boolean | undefined;

  constructor(private readonly standIn: Buckets) {}

  /** Does not wait for Redis. The client is loaded only where one is configured. */
  async connect(url: string): Promise<void> {
    const { createClient } = await import('@redis/client');
    const client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: 10_000,
      socket: { connectTimeout: RECONNECT_MS, reconnectStrategy: () => RECONNECT_MS },
    });
    client.on('error', (error) => this.report(false, messageOf(error)));
    client.on('ready', () => this.report(true));
    this.client = client;
    this.report(false, 'not connected yet');
    client.connect().catch((error: unknown) => this.report(false, messageOf(error)));
  }

  async take(demands: readonly Demand[]): Promise<readonly Level[]> {
    if (this.client === undefined || this.reachable !== true) return this.standIn.take(demands);
    try {
      const aheads = await withinPatience(this.ask(this.client, demands));
      return levelsOf(demands, aheads);
    } catch (error) {
      logger().debug({ reason: messageOf(error) }, 'Redis did not answer: limited by this process alone');
      return this.standIn.take(demands);
    }
  }

  close(): void {
    this.client?.destroy();
  }

  private async ask(client: RedisClientType, demands: readonly Demand[]): Promise<number[]> {
    const answer = await client.eval(TAKE, {
      keys: demands.map(({ key }) => `${PREFIX}${key}`),
      arguments: demands.flatMap(({ rate }) => [String(tokenMs(rate)), String(rate.burst * tokenMs(rate))]),
    });
    return (answer as string[]).map(Number);
  }

  private report(reachable: boolean, reason?: string): void {
    shared.set(reachable ? 1 : 0);
    if (this.reachable === reachable) return;
    this.reachable = reachable;
    if (reachable) logger().info('rate limits are shared through Redis');
    else logger().warn({ reason }, 'Redis cannot be reached: rate limits hold for each process alone');
  }
}

async function withinPatience<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
