import type { Selectable } from 'kysely';
import type { ChargesTable } from './schema.js';

/**
 * STARTED → CAPTURED | DECLINED, and by a settle:
 * nothing | STARTED without an intent → VOIDED; STARTED | CAPTURED → SETTLING → VOIDED | REFUNDED.
 * A charge is never confirmed once the state has left STARTED.
 */
export type ChargeState = 'STARTED' | 'CAPTURED' | 'DECLINED' | 'SETTLING' | 'VOIDED' | 'REFUNDED';

/** What this service knows of the one charge of an order. */
export type Charge = Readonly<Selectable<ChargesTable>>;
