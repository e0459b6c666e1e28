import type { Generated } from 'kysely';

/** `replaying`: somebody began to put it back, and until `claimed_until` nobody else does. */
export type DeadLetterState = 'open' | 'replaying' | 'replayed' | 'discarded';

export interface DeadLettersTable {
  readonly id: string;
  /** Digest of queue, message id and body: the same message that dies again is the same dead letter. */
  readonly identity: Buffer;
  readonly queue: string;
  readonly reason: string;
  readonly state: Generated<DeadLetterState>;
  readonly handler: string | null;
  readonly attempts: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly error: string | null;
  readonly message_id: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  readonly order_id: string | null;
  readonly deaths: Generated<number>;
  /** JSON of what travels beside the body. */
  readonly properties: string;
  readonly body: Buffer;
  readonly body_bytes: number;
  readonly claimed_until: Date | null;
  /** When it was replayed or discarded. */
  readonly resolved_at: Date | null;
}

export type Action = 'replay' | 'replayed' | 'discard';

export interface DeadLetterActionsTable {
  readonly seq: Generated<number>;
  readonly dead_letter_id: string;
  readonly queue: string;
  readonly message_id: string | null;
  readonly order_id: string | null;
  readonly action: Action;
  readonly operator: string;
  readonly reason: string | null;
  readonly idempotency_key: string | null;
  readonly at: Generated<Date>;
}

/** What an operator has begun, and how it ended: neither is ever rewritten. */
export interface OperatorActionsTable {
  readonly id: string;
  readonly at: Generated<Date>;
  readonly operator: string;
  readonly action: string;
  readonly target: string;
  readonly reason: string | null;
  readonly trace_id: string;
}

export interface OperatorActionEndsTable {
  readonly action_id: string;
  readonly outcome: string;
  readonly at: Generated<Date>;
}

export interface OperationsSchema {
  readonly operator_actions: OperatorActionsTable;
  readonly operator_action_ends: OperatorActionEndsTable;
  readonly dead_letters: DeadLettersTable;
  readonly dead_letter_actions: DeadLetterActionsTable;
}
