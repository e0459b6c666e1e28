import type { Generated } from 'kysely';
import type { MailData } from '#libs/contracts/events.js';

/** `unwanted`: the customer does not want mail about its orders. */
export type MailOutcome = 'sent' | 'unwanted';

/** One row per mail that was asked for. Holds no address: who gets it is asked when it is sent. */
export interface MailsTable {
  readonly id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly mail: MailData['mail'];
  readonly requested_at: Date;
  readonly attempts: Generated<number>;
  /** Until then somebody is sending it. */
  readonly claimed_until: Date | null;
  readonly outcome: MailOutcome | null;
  readonly settled_at: Date | null;
}

export interface NotificationsSchema {
  readonly mails: MailsTable;
}
