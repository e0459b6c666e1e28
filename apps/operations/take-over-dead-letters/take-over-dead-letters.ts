import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
import { sql, type Insertable, type Kysely } from 'kysely';
import { deadLettersOf, QUEUE_NAMES, type QueueName } from '#libs/contracts/topology.js';
import type { Handling, Verdict } from '#libs/messaging/consume/handling.js';
import { QueueConsumer } from '#libs/messaging/consume/queue-consumer.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import { Broker } from '../broker.js';
import { CONFIG, type OperationsConfig } from '../operations.config.js';
import type { DeadLettersTable, OperationsSchema } from '../schema.js';
import { readBodyOnly, readMessage } from './read-message.js';

const GRACE_MS = 3_000;
/** SQLSTATE classes with which a database that answers refuses a row for what is in it. */
const REFUSED_FOR_ITS_DATA = /^(22|23|54)/;
const taken = counter('waybill_dead_letters_taken_over_total', 'Dead letters taken over from the broker', [
  'queue',
  'reason',
]);

/**
 * Moves dead letters from the broker into the table, where they can be seen, searched and replayed. A letter leaves its
 * queue only once it is committed; one that comes again is the same row. While the database is away they wait in the broker.
 */
@Injectable()
export class TakeOverDeadLetters implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private consumers: QueueConsumer[] = [];

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OperationsSchema>,
    @Inject(CONFIG) private readonly config: OperationsConfig,
    private readonly broker: Broker,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { consuming } = await this.broker.open();
    const prefetch = this.config.WAYBILL_DEAD_LETTERS_PREFETCH;
    this.consumers = QUEUE_NAMES.map(
      (queue) => new QueueConsumer(deadLettersOf(queue), prefetch, consuming, this.handlingOf(queue), GRACE_MS),
    );
    for (const consumer of this.consumers) consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
  }

  private handlingOf(queue: QueueName): Handling {
    return {
      read: (message) => ({
        turn: String(message.fields.deliveryTag),
        process: () => this.takeOver(queue, message),
      }),
    };
  }

  private async takeOver(queue: QueueName, message: ConsumeMessage): Promise<Verdict> {
    try {
      const row = await this.keep(queue, message);
      taken.inc({ queue, reason: row.reason });
      const { reason, handler, type, message_id: messageId, order_id: orderId } = row;
      logger().warn({ queue, reason, handler, type, messageId, orderId }, 'a dead letter');
      return 'done';
    } catch (error) {
      logger().warn({ error, queue }, 'a dead letter could not be taken over; it stays in the broker');
      return 'unavailable';
    }
  }

  /** One letter that cannot be stored as it is would keep all those behind it in the broker: of it only the body is kept. */
  private async keep(queue: QueueName, message: ConsumeMessage): Promise<Insertable<DeadLettersTable>> {
    const { redelivered } = message.fields;
    const row = readMessage(queue, message);
    try {
      await this.record(row, redelivered);
      return row;
    } catch (error) {
      if (!isRefusedForItsData(error)) throw error;
      logger().error({ error, queue, messageId: row.message_id }, 'of a dead letter only the body could be kept');
      const bare = readBodyOnly(queue, message, error);
      await this.record(bare, redelivered);
      return bare;
    }
  }

  /** The same message that died again is open again. What the broker delivers twice has died once. */
  private async record(row: Insertable<DeadLettersTable>, redelivered: boolean): Promise<void> {
    await this.db
      .insertInto('dead_letters')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('identity')
          .doUpdateSet((update) => ({
            reason: update.ref('excluded.reason'),
            handler: update.ref('excluded.handler'),
            attempts: update.ref('excluded.attempts'),
            last_at: update.ref('excluded.last_at'),
            error: update.ref('excluded.error'),
            deaths: sql<number>`dead_letters.deaths + 1`,
            state: 'open' as const,
            claimed_until: null,
            resolved_at: null,
          }))
          .where(
            sql<boolean>`not (${redelivered} and (dead_letters.last_at, dead_letters.reason) = (excluded.last_at, excluded.reason))`,
          ),
      )
      .execute();
  }
}

function isRefusedForItsData(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && REFUSED_FOR_ITS_DATA.test(error.code)
  );
}
