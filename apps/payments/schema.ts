import type { ColumnType, Generated, Selectable } from 'kysely';
import type { DeclineReason } from './provider/payment-provider.js';

/**
 * STARTED → CAPTURED | DECLINED, and by a settle:
 * nothing | STARTED without an intent → VOIDED; STARTED | CAPTURED → SETTLING → VOIDED | REFUNDED.
 * A charge is never confirmed once the state has left STARTED.
 */
export type ChargeState = 'STARTED' | 'CAPTURED' | 'DECLINED' | 'SETTLING' | 'VOIDED' | 'REFUNDED';

type Defaulted<Type> = ColumnType<Type, Type | undefined, Type>;

interface ChargesTable {
  order_id: string;
  state: ChargeState;
  /** Null, as are method, amount and currency, where the settle came before any charge. */
  customer_id: string | null;
  payment_method: string | null;
  amount: number | null;
  /** ISO 4217, upper case. */
  currency: string | null;
  /** The provider's id of the payment intent. Only an intent whose id is stored here is ever confirmed. */
  intent_id: string | null;
  /** Grows when the provider failed to create an intent or a refund: the next attempt needs a new idempotency key. */
  intent_attempt: Defaulted<number>;
  refund_attempt: Defaulted<number>;
  captured: Defaulted<number>;
  refunded: Defaulted<number>;
  reason: DeclineReason | null;
  /** Events told so far: the sequence of the last one. */
  version: Defaulted<number>;
  created_at: Generated<Date>;
  updated_at: Defaulted<Date>;
}

/** What this service knows of the one charge of an order. */
export type Charge = Readonly<Selectable<ChargesTable>>;

/**
 * What became of an event of the provider. `waiting`: stored, and not compared with its charge yet; `stale`: the charge
 * says so already; `contradicting`: the charge says that this must not be; `unknown`: about no charge of ours.
 */
export type EventOutcome = 'waiting' | 'applied' | 'stale' | 'contradicting' | 'unknown' | 'ignored';

/** Of an event only what it takes to recognise it: what it says about a customer's card stays at the provider. */
interface PaymentEventsTable {
  /** The provider's id of the event. */
  id: string;
  type: string;
  intent_id: string | null;
  order_id: string | null;
  happened_at: Date;
  outcome: EventOutcome;
  received_at: Generated<Date>;
}

export interface PaymentsSchema {
  charges: ChargesTable;
  payment_events: PaymentEventsTable;
}
