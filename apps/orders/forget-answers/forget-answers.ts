import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import { repeat, type Repeated } from '../repeat.js';
import type { OrdersSchema } from '../schema.js';

const EVERY_MS = 60_000;
const BATCH = 1_000;

/** Forgets answers that nobody will ask for again, a few at a time, so that no other statement waits for it. */
@Injectable()
export class ForgetAnswers implements OnApplicationBootstrap, OnApplicationShutdown {
  private repeated: Repeated | undefined;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    @Inject(CONFIG) private readonly config: OrdersConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.repeated = repeat('forgetting old answers', EVERY_MS, () => this.execute());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repeated?.stop();
  }

  async execute(batch = BATCH): Promise<void> {
    while ((await this.forget(batch)) === batch);
  }

  /** An answer follows its claim within the lease, so the lease is added to what the claim must be old. */
  private async forget(batch: number): Promise<number> {
    const keptMs = this.config.WAYBILL_ANSWERS_KEPT + this.config.WAYBILL_CLAIM_LEASE;
    const { numAffectedRows = 0n } = await sql`
      delete from idempotency_claims where (caller, key) in (
        select caller, key from idempotency_claims
        where claimed_at < now() - ${keptMs} * interval '1 millisecond'
        limit ${batch} for update skip locked
      )`.execute(this.db);
    return Number(numAffectedRows);
  }
}
