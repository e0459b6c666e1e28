import { SIMULATOR_KEY, startSimulator } from '../../payment-simulator/testing/start-simulator.js';
import { paymentProviderContract } from './contract.js';
import { StripeProvider } from './stripe-provider.js';

paymentProviderContract('the simulator', async () => {
  const { url, stop } = await startSimulator();
  return {
    provider: new StripeProvider({ apiKey: SIMULATOR_KEY, url, timeoutMs: 4_000 }),
    intruder: new StripeProvider({ apiKey: 'sk_test_intruder', url, timeoutMs: 4_000 }),
    stop,
  };
});
