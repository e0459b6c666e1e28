/** A table that holds something of an order, and how its rows are found from the order's id ($1). */
export interface CopiedTable {
  readonly table: string;
  readonly where: string;
}

/**
 * Everything that is kept of an order for good, by service, parents before their children. What is forgotten after a while
 * (claims, inboxes, outboxes, webhooks) is left out: an old order has none of it.
 */
export const COPIED_TABLES = {
  orders: [
    { table: 'order_events', where: 'order_id = $1' },
    { table: 'orders', where: 'id = $1' },
  ],
  inventory: [
    { table: 'reservations', where: 'order_id = $1' },
    { table: 'reservation_lines', where: 'order_id = $1' },
  ],
  payments: [{ table: 'charges', where: 'order_id = $1' }],
  'payment-simulator': [
    { table: 'payment_intents', where: 'order_id = $1::text' },
    { table: 'charges', where: 'order_id = $1::text' },
    { table: 'refunds', where: 'payment_intent in (select id from payment_intents where order_id = $1::text)' },
    { table: 'ledger', where: 'order_id = $1::text' },
  ],
  shipping: [{ table: 'shipments', where: 'order_id = $1' }],
  'carrier-simulator': [{ table: 'shipments', where: 'reference = $1::text' }],
  /** Documents are numbered, not copied. */
  billing: [
    { table: 'orders', where: 'order_id = $1' },
    { table: 'final_versions', where: 'order_id = $1' },
    { table: 'movements', where: 'order_id = $1' },
  ],
  notifications: [{ table: 'mails', where: 'order_id = $1' }],
} as const satisfies Readonly<Record<string, readonly CopiedTable[]>>;

export type CopiedService = keyof typeof COPIED_TABLES;
export const COPIED_SERVICES = Object.keys(COPIED_TABLES) as CopiedService[];
