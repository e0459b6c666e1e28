import { sql, type Kysely, type QueryExecutorProvider } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { newId } from '#libs/kernel/ids.js';

/** A key belongs to the caller that chose it. */
export interface CallerKey {
  readonly caller: string;
  readonly key: string;
}

/** The right to answer a key, as long as nobody has taken it over. */
export interface Lease extends CallerKey {
  readonly token: string;
}

export type Claim =
  { readonly kind: 'ours'; readonly lease: Lease } | { readonly kind: 'answered'; readonly answer: Buffer };

interface ClaimRow {
  readonly ours: boolean;
  readonly fingerprint: string;
  readonly answer: Buffer | null;
}

/** Somebody else may insert the row while we look: then it is there at the second look. */
const LOOKS = 2;

/**
 * Claims a key, in a commit of its own. A lease that has run out is taken over.
 * @throws WaybillError IDEMPOTENCY_KEY_REUSED, or REQUEST_IN_FLIGHT while another call may still answer.
 */
export async function claimAnswer(
  db: Kysely<never>,
  id: CallerKey,
  fingerprint: string,
  leaseMs: number,
): Promise<Claim> {
  const lease = { ...id, token: newId<string>() };
  for (let look = 0; look < LOOKS; look += 1) {
    const row = await claimOnce(db, lease, fingerprint, leaseMs);
    if (row?.ours) return { kind: 'ours', lease };
    if (row !== undefined && row.fingerprint !== fingerprint) throw reused();
    if (row?.answer) return { kind: 'answered', answer: row.answer };
  }
  throw inFlight();
}

async function claimOnce(
  db: Kysely<never>,
  { caller, key, token }: Lease,
  fingerprint: string,
  leaseMs: number,
): Promise<ClaimRow | undefined> {
  const { rows } = await sql<ClaimRow>`
    with taken as (
      insert into idempotent_answers as claim (caller, key, fingerprint, lease_token, lease_until)
      values (${caller}, ${key}, ${fingerprint}, ${token}, now() + ${leaseMs} * interval '1 millisecond')
      on conflict (caller, key) do update
        set lease_token = excluded.lease_token, lease_until = excluded.lease_until, claimed_at = now()
        where claim.answer is null and claim.lease_until <= now() and claim.fingerprint = excluded.fingerprint
      returning fingerprint, answer
    )
    select true as ours, taken.* from taken
    union all
    select false, fingerprint, answer from idempotent_answers
    where caller = ${caller} and key = ${key} and not exists (select from taken)`.execute(db);
  return rows[0];
}

/** @returns false when the lease was lost on the way */
export async function storeAnswer(db: QueryExecutorProvider, lease: Lease, answer: Uint8Array): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update idempotent_answers set answer = ${Buffer.from(answer)} where ${isOurs(lease)}`.execute(db);
  return numAffectedRows === 1n;
}

/** A certain refusal has had no effect, and its key is free again. After anything else the next call may take over at once. */
export async function giveUpAnswer(db: Kysely<never>, lease: Lease, refused: boolean): Promise<void> {
  if (refused) await sql`delete from idempotent_answers where ${isOurs(lease)}`.execute(db);
  else await sql`update idempotent_answers set lease_until = now() where ${isOurs(lease)}`.execute(db);
}

function isOurs({ caller, key, token }: Lease) {
  return sql`caller = ${caller} and key = ${key} and lease_token = ${token} and answer is null`;
}

function reused(): WaybillError {
  const message = 'This idempotency-key was used for another request: choose a new one.';
  return new WaybillError('IDEMPOTENCY_KEY_REUSED', message);
}

export function inFlight(): WaybillError {
  const message = 'A request with this idempotency-key is still being answered: repeat it in a second.';
  return new WaybillError('REQUEST_IN_FLIGHT', message, { retryAfterSeconds: '1' });
}
