import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { derivedId, type CommandId, type OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { ClaimKey } from '../place-order/claims.js';
import type { OrdersSchema } from '../schema.js';

/**
 * Gives each idempotency key its command. The id follows from caller and key, so that a repetition is the same command
 * whatever is left of the first; the row only keeps the key from being used for anything else.
 */
@Injectable()
export class ClaimCommand {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OrdersSchema>) {}

  /** @throws WaybillError IDEMPOTENCY_KEY_REUSED when the key was used for another request. */
  async execute({ caller, key }: ClaimKey, orderId: OrderId, fingerprint: string): Promise<CommandId> {
    const commandId = derivedId<CommandId>('command', caller, key);
    const { rows } = await sql`
      insert into idempotency_claims as claim (caller, key, fingerprint, order_id, lease_token, lease_until)
      values (${caller}, ${key}, ${fingerprint}, ${orderId}, ${commandId}, now())
      on conflict (caller, key) do update set claimed_at = now() where claim.fingerprint = excluded.fingerprint
      returning key`.execute(this.db);
    if (rows.length === 1) return commandId;
    throw new WaybillError(
      'IDEMPOTENCY_KEY_REUSED',
      'This idempotency-key was used for another request: choose a new one.',
    );
  }
}
