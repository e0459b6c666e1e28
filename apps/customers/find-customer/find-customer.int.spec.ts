import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { CustomersGrpc } from '../customers.grpc.js';
import { migrations } from '../migrations/index.js';
import type { IdentifyCaller, Owner } from '#libs/security/identify-caller.js';
import type { CustomersSchema } from '../schema.js';
import { FindCustomer } from './find-customer.js';

describe('a customer', () => {
  let database: TestDatabase<CustomersSchema>;
  let customers: CustomersGrpc;
  let owner: Owner;

  beforeAll(async () => {
    database = await testDatabase<CustomersSchema>(migrations);
    const callers = { reader: async () => owner } as unknown as IdentifyCaller;
    customers = new CustomersGrpc(new FindCustomer(database.db), callers);
  });
  afterAll(() => database.drop());

  it('has a profile with its addresses', async () => {
    owner = { kind: 'customer', customerId: 'cus-grace' };
    const profile = await customers.getProfile({ customerId: 'cus-grace' });
    expect(profile).toMatchObject({ name: 'Grace Hopper', addresses: [{ city: 'Rotterdam', country: 'NL' }] });
  });

  it('is shown to itself and to operators, and to nobody else', async () => {
    owner = { kind: 'customer', customerId: 'cus-ada' };
    await expect(customers.getProfile({ customerId: 'cus-grace' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    owner = { kind: 'anybody' };
    await expect(customers.getProfile({ customerId: 'cus-grace' })).resolves.toMatchObject({ id: 'cus-grace' });
  });

  it('is told to whoever sends mail only by what that takes', async () => {
    const contact = await customers.getContact({ customerId: 'cus-ada' });
    expect(contact).toEqual({
      customerId: 'cus-ada',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      wantsOrderMail: true,
    });
  });

  it.each([
    ['cus-nobody', 'NOT_FOUND'],
    ['', 'INVALID_REQUEST'],
    ['cus-\u0000', 'INVALID_REQUEST'],
  ])('called %j is refused with %s', async (customerId, code) => {
    await expect(customers.getContact({ customerId })).rejects.toMatchObject({ code });
  });
});
