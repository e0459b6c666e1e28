import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type Transaction } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import type { PaymentSimulatorSchema } from '../schema.js';
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
        const earlier = await lock(trx, key);
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

interface Stored {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
}

/** Keeps others with the same key out until the transaction ends. */
async function lock(trx: Transaction<PaymentSimulatorSchema>, key: string): Promise<Stored | undefined> {
  const { rows } = await sql<{ mine: boolean; fingerprint: string | null; status: number; body: string }>`
    select held.mine, stored.fingerprint, stored.status, stored.body
    from (select pg_try_advisory_xact_lock(hashtextextended(${key}, 0)) as mine) held
    left join idempotent_requests stored on stored.key = ${key}`.execute(trx);
  const [row] = rows;
  if (row === undefined || !row.mine) throw keyInUse(key);
  return row.fingerprint === null ? undefined : { fingerprint: row.fingerprint, status: row.status, body: row.body };
}

function replay(stored: Stored, fingerprint: string, key: string): Reply {
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

/** Another request with this key committed between our look and our lock; everything of ours was rolled back. */
function isKeyTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === UNIQUE_VIOLATION &&
    'constraint' in error &&
    error.constraint === 'idempotent_requests_pkey'
  );
}
