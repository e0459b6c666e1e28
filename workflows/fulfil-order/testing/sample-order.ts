import type { FulfilOrderInput } from '../contract.js';

export const PRICE = 4_990;
export const QUANTITY = 2;
export const AMOUNT = PRICE * QUANTITY;
const CUSTOMER = '0198c0de-0000-7000-8000-00000000ada0';

export const ADDRESS = {
  name: 'Ada Lovelace',
  line1: '12 St James Square',
  city: 'London',
  postalCode: 'SW1Y',
  country: 'GB',
};

/** Two mugs for London. */
export function sampleOrder(orderId: string): FulfilOrderInput['order'] {
  const total = { amount: AMOUNT, currency: 'EUR' };
  const unitPrice = { amount: PRICE, currency: 'EUR' };
  return {
    orderId,
    customerId: CUSTOMER,
    items: [{ sku: 'MUG', quantity: QUANTITY, name: 'Mug', unitPrice, lineTotal: total }],
    total,
    paymentMethod: 'pm_ok',
    shippingAddress: ADDRESS,
    shippingMethod: 'standard',
    placedBy: { subject: CUSTOMER, kind: 'customer' },
    placedAt: new Date().toISOString(),
  };
}
