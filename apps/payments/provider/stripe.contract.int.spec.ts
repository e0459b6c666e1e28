import { describe, it } from '@jest/globals';
import { paymentProviderContract } from './contract.js';
import { StripeProvider } from './stripe-provider.js';

const apiKey = process.env['STRIPE_API_KEY'];

if (apiKey?.startsWith('sk_test_')) {
  paymentProviderContract('Stripe', async () => ({
    provider: new StripeProvider({ apiKey, timeoutMs: 20_000 }),
    intruder: new StripeProvider({ apiKey: 'sk_test_intruder', timeoutMs: 20_000 }),
    stop: async () => undefined,
  }));
} else {
  describe('Stripe as a payment provider', () => {
    it.skip('not run: set STRIPE_API_KEY to the secret key of a Stripe test account', () => undefined);
  });
}
