import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { gauge } from '#libs/telemetry/metrics.js';
import type { OperationsSchema } from '../schema.js';

const EVERY_MS = 10_000;
const unresolved = gauge('waybill_dead_letters', 'Dead letters that nobody has decided about', ['queue', 'reason']);

/** Keeps the gauge of unresolved dead letters in step with the table. */
@Injectable()
export class CountDeadLetters implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(DATABASE) private readonly db: Kysely<OperationsSchema>) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => void this.refresh(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Unresolved ones, by queue and reason. */
  async execute(): Promise<{ queue: string; reason: string; count: number }[]> {
    return this.db
      .selectFrom('dead_letters')
      .select(({ fn }) => ['queue', 'reason', fn.countAll<number>().as('count')])
      .where('resolved_at', 'is', null)
      .groupBy(['queue', 'reason'])
      .execute();
  }

  private async refresh(): Promise<void> {
    try {
      const counted = await this.execute();
      unresolved.reset();
      for (const { queue, reason, count } of counted) unresolved.set({ queue, reason }, count);
    } catch (error) {
      logger().warn({ error }, 'the dead letters could not be counted; the next time will do');
    }
  }
}
