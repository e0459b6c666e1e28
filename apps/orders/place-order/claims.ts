import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { Order as OrderMessage } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import type { OrdersSchema } from '../schema.js';

/** A key belongs to the caller that chose it. */
export interface ClaimKey {
  readonly caller: string;
  readonly key: string;
}

/** The right to answer a key, as long as nobody has taken it over. */
export interface Lease extends ClaimKey {
  readonly token: string;
  readonly orderId: OrderId;
}

export type Claim =
  { readonly kind: 'ours'; readonly lease: Lease } | { readonly kind: 'answered'; readonly answer: OrderMessage };

interface ClaimRow {
  readonly ours: boolean;
  readonly order_id: OrderId;
  readonly fingerprint: string;
  readonly answer: Buffer | null;
}

/** Somebody else may insert the row while we look: then it is there at the second look. */
const LOOKS = 2;

/** Who may answer a request, and what was answered: one row per caller and idempotency key. */
@Injectable()
export class Claims {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    @Inject(CONFIG) private readonly config: OrdersConfig,
  ) {}

  /**
   * Claims a key, in a commit of its own. A lease that has run out is taken over, and with it the order id.
   * @throws WaybillError IDEMPOTENCY_KEY_REUSED, or REQUEST_IN_FLIGHT while another call may still answer.
   */
  async take(id: ClaimKey, fingerprint: string): Promise<Claim> {
    const lease = { ...id, token: newId<string>(), orderId: newId<OrderId>() };
    for (let look = 0; look < LOOKS; look += 1) {
      const { rows } = await this.takeSql(lease, fingerprint).execute(this.db);
      const [row] = rows;
      if (row?.ours) return { kind: 'ours', lease: { ...lease, orderId: row.order_id } };
      if (row) return answered(row, fingerprint);
    }
    throw inFlight();
  }

  private takeSql({ caller, key, orderId, token }: Lease, fingerprint: string): RawBuilder<ClaimRow> {
    const leaseMs = this.config.WAYBILL_CLAIM_LEASE;
    return sql<ClaimRow>`
      with taken as (
        insert into idempotency_claims as claim (caller, key, fingerprint, order_id, lease_token, lease_until)
        values (${caller}, ${key}, ${fingerprint}, ${orderId}, ${token}, now() + ${leaseMs} * interval '1 millisecond')
        on conflict (caller, key) do update
          set lease_token = excluded.lease_token, lease_until = excluded.lease_until, claimed_at = now()
          where claim.answer is null and claim.lease_until <= now() and claim.fingerprint = excluded.fingerprint
        returning order_id, fingerprint, answer
      )
      select true as ours, taken.* from taken
      union all
      select false, order_id, fingerprint, answer from idempotency_claims
      where caller = ${caller} and key = ${key} and not exists (select from taken)`;
  }

  /** What became of a key whose lease was lost. @throws as `take` does. */
  async answerOf({ caller, key }: ClaimKey, fingerprint: string): Promise<OrderMessage> {
    const row = await this.db
      .selectFrom('idempotency_claims')
      .select(['order_id', 'fingerprint', 'answer', sql<boolean>`false`.as('ours')])
      .where('caller', '=', caller)
      .where('key', '=', key)
      .executeTakeFirst();
    if (row === undefined) throw inFlight();
    return answered({ ...row, order_id: row.order_id as OrderId }, fingerprint).answer;
  }

  /**
   * Gives the key back after a failure. A certain refusal has had no effect: the claim goes. After anything else a hold may
   * stand at inventory: the claim stays, with its order id, and the next call may take it over at once.
   */
  async giveUp(lease: Lease, failure: unknown): Promise<void> {
    const refused = isWaybillError(failure) && !failure.technical;
    const ours = sql`caller = ${lease.caller} and key = ${lease.key} and lease_token = ${lease.token} and answer is null`;
    try {
      if (refused) await sql`delete from idempotency_claims where ${ours}`.execute(this.db);
      else await sql`update idempotency_claims set lease_until = now() where ${ours}`.execute(this.db);
    } catch (error) {
      logger().warn({ error }, 'a claim could not be given back; its lease ends by itself');
    }
  }
}

function answered(row: ClaimRow, fingerprint: string): Extract<Claim, { kind: 'answered' }> {
  if (row.fingerprint !== fingerprint) {
    throw new WaybillError(
      'IDEMPOTENCY_KEY_REUSED',
      'This idempotency-key was used for another request: choose a new one.',
    );
  }
  if (row.answer === null) throw inFlight();
  return { kind: 'answered', answer: OrderMessage.decode(row.answer) };
}

function inFlight(): WaybillError {
  const message = 'A request with this idempotency-key is still being answered: repeat it in a second.';
  return new WaybillError('REQUEST_IN_FLIGHT', message, { retryAfterSeconds: '1' });
}
