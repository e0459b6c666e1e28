import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { messageOf } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { DATABASE } from '#libs/persistence/database.js';
import { signWebhook } from '#libs/security/webhook-signature.js';
import { counter } from '#libs/telemetry/metrics.js';
import { CONFIG, type CarrierSimulatorConfig } from '../carrier-simulator.config.js';
import { DueWork } from '../due-work.js';
import { afterMs, msUntil } from '../move-parcels/database-time.js';
import type { CarrierSimulatorSchema, WebhooksTable } from '../schema.js';
import { backoffMs } from './backoff.js';

const AT_ONCE = 16;
const TIMEOUT_MS = 5_000;
/** A claimed webhook whose sender dies is sent again after this; longer than any attempt takes. */
const CLAIM_MS = 2 * TIMEOUT_MS;

type Webhook = Selectable<WebhooksTable>;

/** Delivers each webhook until it is answered with 2xx: at least once, in no particular order, signed anew each time. */
@Injectable()
export class SendWebhooks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly due = new DueWork('send webhooks', () => this.sendDue());
  private readonly sent = counter('waybill_carrier_webhooks_total', 'Attempts to deliver a webhook', ['outcome']);

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<CarrierSimulatorSchema>,
    @Inject(CONFIG) private readonly config: CarrierSimulatorConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.WAYBILL_CARRIER_WEBHOOK_URL !== undefined) this.due.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.due.stop();
  }

  wake(): void {
    this.due.wake();
  }

  private async sendDue(): Promise<number> {
    const claimed = await this.claim();
    await Promise.all(claimed.map((webhook) => this.send(webhook)));
    if (claimed.length === AT_ONCE) return 0;
    const next = this.db
      .selectFrom('webhooks')
      .select(sql<Date>`min(next_attempt_at)`.as('at'))
      .where('delivered_at', 'is', null);
    return msUntil(this.db, next);
  }

  private claim(): Promise<Webhook[]> {
    const due = this.db
      .selectFrom('webhooks')
      .select('id')
      .where('delivered_at', 'is', null)
      .where('next_attempt_at', '<=', sql<Date>`now()`)
      .orderBy('next_attempt_at')
      .limit(AT_ONCE)
      .forUpdate()
      .skipLocked();
    return this.db
      .updateTable('webhooks')
      .set((row) => ({ attempts: row('attempts', '+', 1), next_attempt_at: afterMs(CLAIM_MS) }))
      .where('id', 'in', due)
      .returningAll()
      .execute();
  }

  private async send(webhook: Webhook): Promise<void> {
    const problem = await this.post(webhook.body);
    this.sent.inc({ outcome: problem === null ? 'delivered' : 'failed' });
    if (problem === null) await failpoint('send-webhook.after-delivery', webhook.shipment_id);
    await this.db
      .updateTable('webhooks')
      .set(
        problem === null
          ? { delivered_at: sql<Date>`now()`, last_problem: null }
          : { next_attempt_at: afterMs(backoffMs(webhook.attempts)), last_problem: problem },
      )
      .where('id', '=', webhook.id)
      .where('delivered_at', 'is', null)
      .execute();
  }

  /** What went wrong, or null. */
  private async post(body: string): Promise<string | null> {
    const { WAYBILL_CARRIER_WEBHOOK_URL: url = '', WAYBILL_CARRIER_WEBHOOK_SECRET: secret } = this.config;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'waybill-signature': signWebhook(secret, body) },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? null : `answered ${response.status}`;
    } catch (error) {
      return messageOf(error);
    }
  }
}
