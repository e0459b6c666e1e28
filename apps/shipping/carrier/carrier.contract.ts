import { afterEach, describe, expect, it } from '@jest/globals';
import type { AddressData } from '#libs/contracts/events.js';
import { withCallContext } from '#libs/grpc/call-context.js';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import type { Carrier, Label, Parcel } from './carrier.js';

/** A carrier and what a test can do to it. What only a simulator can do is absent where the carrier is real. */
export interface CarrierUnderTest {
  readonly carrier: Carrier;
  readonly served: AddressData;
  readonly unserved: AddressData;
  readonly simulated?: {
    /** The carrier takes the parcel, so that it can no longer be taken back. */
    readonly handOver: (label: Label) => Promise<void>;
    readonly deliver: (label: Label) => Promise<void>;
    /** The next call of this kind reaches the carrier, but its answer is lost. */
    readonly loseReplyOf: (call: 'quote' | 'buy' | 'refund') => void;
    /** No call reaches the carrier any more. */
    readonly cutOff: () => void;
    readonly heal: () => void;
    /** Labels that are sold and not taken back, under our name for the parcel. */
    readonly labelsSold: (orderId: OrderId) => Promise<number>;
  };
}

/** A call to the carrier takes no longer; a purchase may ask again. */
const CALL_LIMIT_MS = 2_000;

const parcelTo = (address: AddressData): Parcel => ({
  orderId: newId<OrderId>(),
  address,
  items: [{ sku: 'MUG', quantity: 2 }],
  shippingMethod: 'standard',
});

async function quoted({ carrier, served }: CarrierUnderTest, parcel = parcelTo(served)): Promise<Label> {
  const quote = await carrier.quote(parcel);
  if (quote.kind !== 'quoted') throw new Error(`Expected a quote, but it is ${quote.kind}: ${quote.reason}`);
  return quote.label;
}

/** What every carrier must do, whoever stands behind it. */
export function carrierContract(underTest: () => CarrierUnderTest): void {
  describe('the carrier contract', () => {
    it('given an address that nobody serves, then it says so', async () => {
      const quote = await underTest().carrier.quote(parcelTo(underTest().unserved));
      expect(quote).toEqual({ kind: 'not_served', reason: expect.stringMatching(/./) });
    });

    it('given a label, when it is bought again and again, also at once, then it is the same parcel', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      const first = await carrier.buy(label);
      expect(first).toMatchObject({
        kind: 'bought',
        report: { seen: 'labelled', tracking: expect.stringMatching(/./) },
      });
      const more = await Promise.all([1, 2, 3, 4, 5].map(() => carrier.buy(label)));
      const trackings = [first, ...more].map((purchase) =>
        purchase.kind === 'bought' ? purchase.report.tracking : purchase.kind,
      );
      expect(new Set(trackings).size).toBe(1);
    });

    it('given a label, when it is bought five times at once, then it is the same parcel', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      const purchases = await Promise.all([1, 2, 3, 4, 5].map(() => carrier.buy(label)));
      const trackings = purchases.map((purchase) =>
        purchase.kind === 'bought' ? purchase.report.tracking : purchase.kind,
      );
      expect(new Set(trackings).size).toBe(1);
    });

    it('given a label that is bought, when it is voided, also twice, then it is void for good', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      await carrier.buy(label);
      expect(await carrier.void(label)).toEqual({ kind: 'voided' });
      expect(await carrier.void(label)).toEqual({ kind: 'voided' });
      expect(await carrier.buy(label)).toEqual({ kind: 'voided' });
    });

    it('given a label that was never bought, when it is voided, then a purchase that comes later sells nothing', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      expect(await carrier.void(label)).toEqual({ kind: 'voided' });
      expect(await carrier.buy(label)).toEqual({ kind: 'voided' });
    });

    it('given a purchase and a void at once, then it ends void', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      const [, voiding] = await Promise.all([carrier.buy(label), carrier.void(label)]);
      expect(voiding).toEqual({ kind: 'voided' });
      expect(await carrier.buy(label)).toEqual({ kind: 'voided' });
    });
  });
}

/** What it must do when the network fails it, and once the parcel is on its way. */
export function carrierContractUnderFaults(underTest: () => CarrierUnderTest): void {
  const simulated = () => {
    const { simulated: control } = underTest();
    if (!control) throw new Error('This carrier cannot be controlled');
    return control;
  };

  describe('the carrier contract under faults', () => {
    afterEach(() => simulated().heal());

    it('given a lost quote, then it is uncertain, nothing is sold, and the next one works', async () => {
      const parcel = parcelTo(underTest().served);
      simulated().loseReplyOf('quote');
      await expect(underTest().carrier.quote(parcel)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await simulated().labelsSold(parcel.orderId)).toBe(0);
      expect(await quoted(underTest(), parcel)).toBeDefined();
    });

    it('given a purchase whose reply is lost, then the carrier is asked and knows', async () => {
      const parcel = parcelTo(underTest().served);
      const label = await quoted(underTest(), parcel);
      simulated().loseReplyOf('buy');
      expect(await underTest().carrier.buy(label)).toMatchObject({ kind: 'bought' });
      expect(await simulated().labelsSold(parcel.orderId)).toBe(1);
    });

    it('given a void whose reply is lost, then it is uncertain, and the next one finds it done', async () => {
      const parcel = parcelTo(underTest().served);
      const label = await quoted(underTest(), parcel);
      await underTest().carrier.buy(label);
      simulated().loseReplyOf('refund');
      await expect(underTest().carrier.void(label)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await underTest().carrier.void(label)).toEqual({ kind: 'voided' });
      expect(await simulated().labelsSold(parcel.orderId)).toBe(0);
    });

    it('given a carrier that cannot be reached, then every call says so', async () => {
      const label = await quoted(underTest());
      simulated().cutOff();
      const { carrier, served } = underTest();
      const started = Date.now();
      const calls = await Promise.allSettled([
        carrier.quote(parcelTo(served)),
        carrier.buy(label),
        carrier.void(label),
      ]);
      for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
      expect(Date.now() - started).toBeLessThan(3 * CALL_LIMIT_MS);
    });

    it('given a deadline that is near, then a call ends before it, and none starts without time', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      simulated().cutOff();
      const started = Date.now();
      const hurried = withCallContext({ deadline: started + 800 }, () => carrier.void(label));
      await expect(hurried).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(Date.now() - started).toBeLessThan(800);
      const late = withCallContext({ deadline: Date.now() + 400 }, () => carrier.void(label));
      await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    it('given a parcel that was handed over, then it cannot be voided, and buying again tells where it is', async () => {
      const { carrier } = underTest();
      const label = await quoted(underTest());
      await carrier.buy(label);
      await simulated().handOver(label);
      expect(await carrier.void(label)).toMatchObject({ kind: 'handed_over', report: { seen: 'handed_over' } });
      expect(await carrier.buy(label)).toMatchObject({ kind: 'bought', report: { seen: 'handed_over' } });
      await simulated().deliver(label);
      expect(await carrier.void(label)).toMatchObject({ kind: 'handed_over', report: { seen: 'delivered' } });
    });
  });
}
