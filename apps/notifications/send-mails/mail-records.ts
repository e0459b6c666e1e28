import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { Envelope } from '#libs/messaging/envelope.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { MailOutcome, NotificationsSchema } from '../schema.js';

/** `taken`: it is ours to send. `settled`: done before. `busy`: somebody else is at it. */
export type Claim = 'taken' | 'settled' | 'busy';

/** Longer than sending takes, so that two do not send at once. Until the claim of a process that died is over, its mail waits. */
const CLAIM = sql`interval '10 seconds'`;

/** Which mails were asked for, and what became of them. */
@Injectable()
export class MailRecords {
  constructor(@Inject(DATABASE) private readonly db: Kysely<NotificationsSchema>) {}

  /** Takes a mail for sending, by one statement that only one of several can win. */
  async claim({ subject, data, occurredAt }: Envelope<'MailRequested'>): Promise<Claim> {
    const taken = await sql`
      insert into mails (id, order_id, customer_id, mail, requested_at, claimed_until)
      values (${subject}, ${data.orderId}, ${data.customerId}, ${data.mail}, ${occurredAt}, now() + ${CLAIM})
      on conflict (id) do update set claimed_until = excluded.claimed_until, attempts = mails.attempts + 1
      where mails.settled_at is null and (mails.claimed_until is null or mails.claimed_until < now())
      returning id`.execute(this.db);
    if (taken.rows.length === 1) return 'taken';
    const { settled_at } = await this.db
      .selectFrom('mails')
      .select('settled_at')
      .where('id', '=', subject)
      .executeTakeFirstOrThrow();
    return settled_at === null ? 'busy' : 'settled';
  }

  async settle(id: string, outcome: MailOutcome): Promise<void> {
    await this.db
      .updateTable('mails')
      .set({ outcome, settled_at: sql`now()`, claimed_until: null })
      .where('id', '=', id)
      .execute();
  }

  /** Lets the next attempt begin at once. */
  async release(id: string): Promise<void> {
    await this.db
      .updateTable('mails')
      .set({ claimed_until: null })
      .where('id', '=', id)
      .where('settled_at', 'is', null)
      .execute();
  }
}
