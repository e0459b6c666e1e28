import { Inject, Injectable } from '@nestjs/common';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import type { IdempotentRequestsTable, PaymentSimulatorSchema } from '../schema.js';
import { StripeProblem, type Reply } from './reply.js';

export interface IdempotentRequest {
  readonly key: string | undefined;
  /** The same for the same path and parameters. */
  readonly fingerprint: string;
}

export type Work = (trx: Transaction<PaymentSimulatorSchema>) => Promise<Reply>;

const UNIQUE_VIOLATION = '23505';

/**
 * One key, one execution, as Stripe does it: the first answer is stored with the effect and given again, its 402s and
 * 500s too. Not stored is what never began to execute: wrong parameters, or another request holding the same key.
 */
@Injectable()
export class IdempotentRequests {
  constructor(@Inject(DATABASE) private readonly db: Kysely<PaymentSimulatorSchema>) {}

  /** @throws StripeProblem when the key is in use, or was used with other parameters. */
  async execute({ key, fingerprint }: IdempotentRequest, work: Work): Promise<Reply> {
    if (key === undefined) return this.db.transaction().execute(work);
    try {
      return await this.db.transaction().execute(async (trx) => {
        const earlier = await trx
          .selectFrom('idempotent_requests')
          .selectAll()
          .where('key', '=', key)
          .executeTakeFirst();
        if (earlier !== undefined) return replay(earlier, fingerprint, key);
        const reply = await work(trx);
        await trx
          .insertInto('idempotent_requests')
          .values({ key, fingerprint, status: reply.status, body: JSON.stringify(reply.body) })
          .execute();
        return reply;
      });
    } catch (error) {
      if (isKeyTaken(error)) throw keyInUse(key);
      throw error;
    }
  }
}

function replay(stored: Selectable<IdempotentRequestsTable>, fingerprint: string, key: string): Reply {
  if (stored.fingerprint !== fingerprint) {
    throw new StripeProblem(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }
  return { status: stored.status, body: JSON.parse(stored.body) as object, replayed: true };
}

function keyInUse(key: string): StripeProblem {
  return new StripeProblem(409, {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key '${key}'. Please try again later.`,
  });
}

/** Another request with this key was executed beside ours and committed first; everything of ours was rolled back. */
function isKeyTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === UNIQUE_VIOLATION &&
    'constraint' in error &&
    error.constraint === 'idempotent_requests_pkey'
  );
}
