import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { AddressData } from '#libs/contracts/events.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { CustomersSchema } from '../schema.js';

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly wantsOrderMail: boolean;
  /** The one that was used last comes first. */
  readonly addresses: AddressData[];
}

@Injectable()
export class FindCustomer {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CustomersSchema>) {}

  /** @throws WaybillError NOT_FOUND */
  async execute(id: string): Promise<Customer> {
    const row = await this.db.selectFrom('customers').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new WaybillError('NOT_FOUND', 'There is no customer with this id');
    const { name, email, wants_order_mail: wantsOrderMail, addresses } = row;
    return { id, name, email, wantsOrderMail, addresses: [...addresses] };
  }
}
