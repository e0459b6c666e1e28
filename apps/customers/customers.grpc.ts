import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import type {
  Contact,
  GetContactRequest,
  GetProfileRequest,
  Profile,
} from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { FindCustomer } from './find-customer/find-customer.js';

const request = z.object({
  customerId: z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters'),
});

/** `waybill.customers.v1.CustomerService`: each caller is told only what it needs. */
@Controller()
export class CustomersGrpc {
  constructor(
    private readonly customers: FindCustomer,
    private readonly callers: IdentifyCaller,
  ) {}

  @GrpcMethod('CustomerService', 'getProfile')
  async getProfile(input: GetProfileRequest): Promise<Profile> {
    const owner = await this.callers.reader();
    const { customerId } = parse(request, input);
    // Somebody else's is as if there were none.
    if (owner.kind === 'customer' && owner.customerId !== customerId)
      throw new WaybillError('NOT_FOUND', 'There is no customer with this id');
    const { id, name, email, addresses } = await this.customers.execute(customerId);
    return { id, name, email, addresses };
  }

  @GrpcMethod('CustomerService', 'getContact')
  async getContact(input: GetContactRequest): Promise<Contact> {
    const { id, name, email, wantsOrderMail } = await this.customers.execute(parse(request, input).customerId);
    return { customerId: id, name, email, wantsOrderMail };
  }
}
