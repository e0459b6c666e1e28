import { describe, expect, it } from '@jest/globals';
import { databasesOf } from './plan.js';

describe('the databases of a plan', () => {
  it('given a password for each service, then there is a database for each', () => {
    const env = {
      WAYBILL_DATABASE_PASSWORD_ORDERS: 'orders-secret',
      WAYBILL_DATABASE_PASSWORD_PAYMENT_SIMULATOR: 'simulator-secret',
      WAYBILL_DATABASE_POOL: '8',
    };
    expect(databasesOf(env)).toEqual([
      { service: 'orders', password: 'orders-secret' },
      { service: 'payment-simulator', password: 'simulator-secret' },
    ]);
  });

  it.each(['p@ss:word/1', 'short', ''])(
    'given the password "%s", which no URL can carry as it is, then the variable is named',
    (given) => {
      expect(() => databasesOf({ WAYBILL_DATABASE_PASSWORD_ORDERS: given })).toThrow(
        'WAYBILL_DATABASE_PASSWORD_ORDERS must be at least 8 of: letters, digits, - . _ ~',
      );
    },
  );

  it('given no password at all, then it says which variables are missing', () => {
    expect(() => databasesOf({})).toThrow('WAYBILL_DATABASE_PASSWORD_ORDERS');
  });
});
