import { Inject, Injectable } from '@nestjs/common';
import type { AddressData } from '#libs/contracts/events.js';
import type { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import type { ResilientClient } from '#libs/resilience/resilience.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { Recipient } from './document.js';

export const CUSTOMERS = Symbol('CUSTOMERS');
export type Customers = ResilientClient<'billing', 'customers', typeof CustomerServiceService>;

/** Whom a document is for: by what customers says when it is issued, at the address that the order was sent to. */
@Injectable()
export class FindRecipient {
  constructor(@Inject(CUSTOMERS) private readonly customers: Customers) {}

  /**
   * Money that was taken is invoiced, even if customers does not know the buyer: then to the name on the parcel.
   * @throws WaybillError UNAVAILABLE or DEADLINE_EXCEEDED: ask again, it is no attempt.
   */
  async of({ customer_id, address }: { customer_id: string; address: AddressData }): Promise<Recipient> {
    try {
      const { name, email } = await this.customers.getContact({ customerId: customer_id });
      return { name, email, address };
    } catch (error) {
      if (isWaybillError(error, 'NOT_FOUND')) return { name: address.name, email: null, address };
      throw error;
    }
  }
}
