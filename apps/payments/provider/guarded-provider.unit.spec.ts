import { beforeEach, describe, expect, it } from '@jest/globals';
import { Resilience } from '#libs/resilience/resilience.js';
import { GuardedProvider } from './guarded-provider.js';
import { PaymentProvider, ProviderUnavailable, type ProviderIntent } from './payment-provider.js';

const STUCK = 300;
const away = () => new ProviderUnavailable(true, 'UNAVAILABLE', 'The payment provider failed with 500');
const unused = () => Promise.reject(new Error('not asked for here'));

/** Undoes nothing whose id begins with `stuck`, and looks nothing up while it is away. */
class Provider extends PaymentProvider {
  away = false;
  looks = 0;

  override createIntent = unused;
  override confirmIntent = unused;

  override async findIntent(id: string): Promise<ProviderIntent> {
    this.looks += 1;
    if (this.away) throw away();
    return { id, status: 'succeeded', captured: 1, refunded: 0, refundsPending: 0 };
  }

  override async cancelIntent(id: string): Promise<{ kind: 'cancelled' }> {
    if (id.startsWith('stuck')) throw away();
    return { kind: 'cancelled' };
  }

  override async refund({ intentId }: { intentId: string }): Promise<{ kind: 'refunded' }> {
    if (intentId.startsWith('stuck')) throw away();
    return { kind: 'refunded' };
  }
}

let provider: Provider;
let guarded: GuardedProvider;
beforeEach(() => {
  provider = new Provider();
  guarded = new GuardedProvider(provider, new Resilience('payments'));
});

describe.each([
  ['refunds', (intentId: string) => guarded.refund({ key: intentId, intentId, amount: 1 })],
  ['cancels', (intentId: string) => guarded.cancelIntent(intentId)],
])('%s that are stuck', (_, undo) => {
  it('in their hundreds, repeated for ever, keep none from being done that can be', async () => {
    for (let n = 0; n < STUCK; n += 1) {
      await expect(undo(`stuck-${n}`)).rejects.toMatchObject({ message: expect.stringContaining('failed with 500') });
    }
    await expect(undo('healthy')).resolves.toMatchObject({ kind: expect.stringMatching(/refunded|cancelled/) });
  });
});

it('a provider that is away is not asked again and again what became of a payment', async () => {
  provider.away = true;
  for (let n = 0; n < STUCK; n += 1) {
    await expect(guarded.findIntent(`intent-${n}`)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  }
  expect(provider.looks).toBeLessThan(STUCK / 10);
});
