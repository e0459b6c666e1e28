import type { Generated, JSONColumnType, Selectable } from 'kysely';

export type IntentStatus = 'requires_payment_method' | 'requires_confirmation' | 'succeeded' | 'canceled';
export type Metadata = Readonly<Record<string, string>>;

interface PaymentIntentsTable {
  id: string;
  status: IntentStatus;
  amount: number;
  /** ISO 4217, lower case. */
  currency: string;
  /** Null before one is given, and again after a decline. */
  payment_method: string | null;
  order_id: string | null;
  metadata: JSONColumnType<Metadata>;
  latest_charge: string | null;
  /** Why the last confirm was declined. */
  decline_code: string | null;
  cancellation_reason: string | null;
  /** Confirms that reached the card network: some payment methods fail the first ones. */
  confirm_calls: Generated<number>;
  created_at: Generated<Date>;
  canceled_at: Date | null;
}

interface ChargesTable {
  id: string;
  payment_intent: string;
  order_id: string | null;
  payment_method: string;
  status: 'succeeded' | 'failed';
  amount: number;
  amount_refunded: Generated<number>;
  currency: string;
  decline_code: string | null;
  /** Refunds that were asked for: some payment methods fail the first ones. */
  refund_calls: Generated<number>;
  created_at: Generated<Date>;
}

interface RefundsTable {
  id: string;
  charge: string;
  payment_intent: string;
  amount: number;
  currency: string;
  reason: string | null;
  metadata: JSONColumnType<Metadata>;
  created_at: Generated<Date>;
}

/** Append-only: every movement of money. This is what the payments database is checked against. */
interface LedgerTable {
  entry: Generated<number>;
  kind: 'charge' | 'refund';
  /** The charge's or the refund's id. */
  reference: string;
  payment_intent: string;
  /** `metadata.order_id` of the intent. */
  order_id: string | null;
  amount: number;
  currency: string;
  at: Generated<Date>;
}

export interface IdempotentRequestsTable {
  key: string;
  fingerprint: string;
  status: number;
  body: string;
  created_at: Generated<Date>;
}

interface WebhookEventsTable {
  id: string;
  type: string;
  body: string;
  attempts: Generated<number>;
  next_attempt_at: Generated<Date>;
  delivered_at: Date | null;
  created_at: Generated<Date>;
}

interface AccountTable {
  only_one: Generated<boolean>;
  /** When somebody last put right what kept `pm_refund_broken` from being refunded. */
  refunds_fixed_at: Date | null;
}

export interface PaymentSimulatorSchema {
  payment_intents: PaymentIntentsTable;
  charges: ChargesTable;
  refunds: RefundsTable;
  ledger: LedgerTable;
  idempotent_requests: IdempotentRequestsTable;
  webhook_events: WebhookEventsTable;
  account: AccountTable;
}

export type IntentRow = Selectable<PaymentIntentsTable>;
export type ChargeRow = Selectable<ChargesTable>;
export type RefundRow = Selectable<RefundsTable>;
