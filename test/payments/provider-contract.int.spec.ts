import { describe, it } from '@jest/globals';
import { SIMULATOR_KEY, startSimulator } from '../../apps/payment-simulator/testing/start-simulator.js';
import { paymentProviderContract } from '../../apps/payments/provider/contract.js';
import { StripeProvider } from '../../apps/payments/provider/stripe-provider.js';

const REAL_KEY = process.env['STRIPE_API_KEY'];

paymentProviderContract('the simulator', async () => {
  const { url, stop } = await startSimulator();
  return {
    provider: new StripeProvider({ apiKey: SIMULATOR_KEY, url, timeoutMs: 4_000 }),
    intruder: new StripeProvider({ apiKey: 'sk_test_intruder', url, timeoutMs: 4_000 }),
    stop,
  };
});

if (REAL_KEY?.startsWith('sk_test_')) {
  paymentProviderContract('Stripe', async () => ({
    provider: new StripeProvider({ apiKey: REAL_KEY, timeoutMs: 20_000 }),
    intruder: new StripeProvider({ apiKey: 'sk_test_intruder', timeoutMs: 20_000 }),
    stop: async () => undefined,
  }));
} else {
  describe('Stripe as a payment provider', () => {
    it.skip('not run: set STRIPE_API_KEY to the secret key of a Stripe test account', () => undefined);
  });
}
