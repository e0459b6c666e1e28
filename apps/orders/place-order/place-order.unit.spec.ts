import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withCallContext, type CallContext } from '#libs/grpc/call-context.js';
import type { OrderId } from '#libs/kernel/ids.js';
import type { AcceptOrRefuse } from '../bound-accepting/accept-or-refuse.js';
import type { IdentifyCaller } from '#libs/security/identify-caller.js';
import type { Inventory } from '../peers.js';
import { wish } from '../testing/orders-fixture.js';
import type { Claims } from './claims.js';
import { PlaceOrder } from './place-order.js';
import type { PriceLines } from './price-lines.js';
import type { RecordPlaced } from './record-placed.js';

const price = { amount: 1, currency: 'EUR' };

/** Everything that happens to one call, while the time and the caller are the test's. */
function placing(duringHold: () => void) {
  const happened: string[] = [];
  const place = new PlaceOrder(
    { withScope: async () => ({ subject: 'anna', kind: 'customer', scopes: new Set() }) } as unknown as IdentifyCaller,
    { orRefuse: () => undefined, accepted: () => undefined } as unknown as AcceptOrRefuse,
    {
      take: async () => ({ kind: 'ours', lease: { caller: 'anna', key: 'k', token: 't', orderId: 'o' as OrderId } }),
      giveUp: async (_lease: unknown, error: { code: string }) => void happened.push(error.code),
    } as unknown as Claims,
    {
      execute: async () => [{ sku: 'MUG', name: 'Mug', quantity: 1, unitPrice: price, lineTotal: price }],
    } as unknown as PriceLines,
    { execute: async () => happened.push('recorded') } as unknown as RecordPlaced,
    { hold: async () => duringHold() } as unknown as Inventory,
  );
  const run = (context: CallContext) =>
    withCallContext({ idempotencyKey: 'k', ...context }, () => place.execute(wish()).catch((error: unknown) => error));
  return { run, happened };
}

describe('between the hold and the record', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('a call in time is recorded', async () => {
    const { run, happened } = placing(() => undefined);
    await run({ deadline: Date.now() + 100 });
    expect(happened).toEqual(['recorded']);
  });

  it('the deadline may pass, as in a process that was paused: then nothing is recorded', async () => {
    const { run, happened } = placing(() => jest.advanceTimersByTime(100));
    expect(await run({ deadline: Date.now() + 100 })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(happened).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('the caller may go away: then nothing is recorded', async () => {
    const gone = new AbortController();
    const { run, happened } = placing(() => gone.abort());
    expect(await run({ signal: gone.signal })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(happened).toEqual(['DEADLINE_EXCEEDED']);
  });
});
