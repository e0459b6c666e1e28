import type { Generated, JSONColumnType } from 'kysely';
import type { AddressData } from '#libs/contracts/events.js';

export interface CustomersTable {
  /** The subject of its tokens. */
  id: string;
  name: string;
  email: string;
  /** Mail about its own orders. */
  wants_order_mail: Generated<boolean>;
  addresses: JSONColumnType<readonly AddressData[]>;
  created_at: Generated<Date>;
}

export interface CustomersSchema {
  customers: CustomersTable;
}
