import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { messageOf } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { DATABASE } from '#libs/persistence/database.js';
import { signWebhook } from '#libs/security/webhook-signature.js';
import { logger } from '#libs/telemetry/logger.js';
import { CONFIG, type PaymentSimulatorConfig } from '../config.js';
import type { PaymentSimulatorSchema } from '../schema.js';

const POLL_MS = 1_000;
const BATCH = 20;
const ANSWER_TIMEOUT_MS = 5_000;

interface DueEvent {
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

/** Sends each event, signed, until it is answered with 2xx: 1, 2, 4, … at most 60 seconds apart, across restarts. */
@Injectable()
export class SendWebhooks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<PaymentSimulatorSchema>,
    @Inject(CONFIG) private readonly config: PaymentSimulatorConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.WAYBILL_PAYMENT_WEBHOOK_URL !== undefined) this.next(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private next(afterMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.sendDue()
        .catch((error: unknown) => {
          logger().warn({ error }, 'webhooks could not be read; trying again');
          return 0;
        })
        .then((sent) => this.next(sent === BATCH ? 0 : POLL_MS));
    }, afterMs);
  }

  /** How many were tried. */
  private async sendDue(): Promise<number> {
    const due = await this.take();
    await Promise.all(due.map((event) => this.send(event)));
    return due.length;
  }

  private async take(): Promise<readonly DueEvent[]> {
    const { rows } = await sql<DueEvent>`
      update webhook_events
      set attempts = attempts + 1, next_attempt_at = now() + least(power(2, attempts), 60) * interval '1 second'
      where id in (
        select id from webhook_events where delivered_at is null and next_attempt_at <= now()
        order by created_at limit ${BATCH} for update skip locked)
      returning id, type, body`.execute(this.db);
    return rows;
  }

  private async send({ id, type, body }: DueEvent): Promise<void> {
    const { WAYBILL_PAYMENT_WEBHOOK_URL: url = '', WAYBILL_PAYMENT_WEBHOOK_SECRET: secret = '' } = this.config;
    try {
      const headers = { 'content-type': 'application/json', 'stripe-signature': signWebhook(secret, body) };
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`answered ${response.status}`);
      await failpoint('send-payment-webhook.after-delivery', id);
      await this.db
        .updateTable('webhook_events')
        .set({ delivered_at: sql<Date>`now()` })
        .where('id', '=', id)
        .execute();
    } catch (error) {
      logger().warn({ event: id, type, reason: messageOf(error) }, 'a webhook was not taken; it is sent again');
    }
  }
}
