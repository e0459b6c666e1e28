import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import {
  CustomerServiceService,
  type Contact,
  type GetContactRequest,
} from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { toStatus } from '#libs/grpc/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';

/** The customers service as those see it who write to customers: real gRPC, a few customers. */
export class CustomersStandIn {
  readonly contacts = new Map<string, Contact>();
  available = true;
  asked = 0;
  private readonly server = new Server();

  async start(): Promise<string> {
    this.server.addService(CustomerServiceService, {
      getContact: (call: ServerUnaryCall<GetContactRequest, Contact>, done: sendUnaryData<Contact>) =>
        this.contact(call.request, done),
      getProfile: (_call: unknown, done: sendUnaryData<never>) =>
        done(toStatus(new WaybillError('INTERNAL', 'not asked for'))),
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return `127.0.0.1:${port}`;
  }

  add(customerId: string, wantsOrderMail = true): void {
    this.contacts.set(customerId, {
      customerId,
      name: 'Ada Lovelace',
      email: `${customerId}@example.com`,
      wantsOrderMail,
    });
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private contact({ customerId }: GetContactRequest, done: sendUnaryData<Contact>): void {
    this.asked += 1;
    const contact = this.contacts.get(customerId);
    if (!this.available) done(toStatus(new WaybillError('UNAVAILABLE', 'not now')));
    else if (contact === undefined) done(toStatus(new WaybillError('NOT_FOUND', 'There is no such customer')));
    else done(null, contact);
  }
}
