import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { derivedId, type CommandId, type OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { ClaimKey } from '../place-order/claims.js';
import type { OrdersSchema } from '../schema.js';

/** `repeated`: the key has asked for it before. */
export interface ClaimedCommand {
  readonly commandId: CommandId;
  readonly repeated: boolean;
}

/**
 * Gives each idempotency key its command. The id follows from caller and key, so that a repetition is the same command
 * whatever is left of the first; the row only keeps the key from being used for anything else.
 */
@Injectable()
export class ClaimCommand {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OrdersSchema>) {}

  /** @throws WaybillError IDEMPOTENCY_KEY_REUSED when the key was used for another request. */
  async execute({ caller, key }: ClaimKey, orderId: OrderId, fingerprint: string): Promise<ClaimedCommand> {
    const commandId = derivedId<CommandId>('command', caller, key);
    const { rows } = await sql<{ repeated: boolean }>`
      insert into idempotency_claims as claim (caller, key, fingerprint, order_id, lease_token, lease_until)
      values (${caller}, ${key}, ${fingerprint}, ${orderId}, ${commandId}, now())
      on conflict (caller, key) do update set claimed_at = now() where claim.fingerprint = excluded.fingerprint
      returning xmax <> 0 as repeated`.execute(this.db);
    if (rows[0] !== undefined) return { commandId, repeated: rows[0].repeated };
    throw new WaybillError(
      'IDEMPOTENCY_KEY_REUSED',
      'This idempotency-key was used for another request: choose a new one.',
    );
  }
}
