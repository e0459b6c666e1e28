import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { customer, orderOf, run, untilStatus } from './running-system.js';

/** Stands in all that a customer says of itself, and nowhere else. */
const MARK = 'quirkenheim';
const ADDRESS = { name: `Ada ${MARK}`, line1: `${MARK} 7`, city: MARK, postalCode: '98177', country: 'DE' };

const place = (change: object, country = 'DE') =>
  customer.placeOrder({ ...orderOf(change), shippingAddress: { ...ADDRESS, country } });

/** Every line and span that is kept, and every metric. */
async function told(): Promise<[where: string, text: string][]> {
  const folder = dirname(process.env['WAYBILL_RUN_FILE'] ?? '');
  const kept = ['logs', 'traces'].flatMap((name) => {
    const path = join(folder, name);
    return readdirSync(folder).includes(name) ? readdirSync(path).map((file) => join(path, file)) : [];
  });
  const metrics = Object.values(run.services).map(async (service) => {
    const { metrics: url } = service as { readonly metrics: string };
    return [url, await (await fetch(url)).text()] as [string, string];
  });
  return [
    ...kept.map((file) => [file, readFileSync(file, 'utf8')] as [string, string]),
    ...(await Promise.all(metrics)),
  ];
}

describe('what customers say of themselves', () => {
  it('given orders that succeed, are declined, not served, refused and cancelled, then it is in no log, span or metric', async () => {
    const confirmed = await place({});
    const declined = await place({ paymentMethod: 'pm_declined' });
    const unserved = await place({}, 'ZZ');
    const cancelled = await place({});
    await customer.cancelOrder(cancelled.id, { reason: `${MARK} has moved` });
    await place({ paymentMethod: MARK }).catch(() => undefined); // refused before anything is kept
    await untilStatus(confirmed.id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
    for (const { id } of [declined, unserved]) await untilStatus(id, ['REJECTED']);
    await untilStatus(cancelled.id, ['CANCELLED', 'CONFIRMED']); // as the two came in time
    const found = await told();
    expect(found.filter(([, text]) => text.includes(MARK)).map(([where]) => where)).toEqual([]);
    expect(found.filter(([, text]) => text.includes(confirmed.id)).length).toBeGreaterThan(0); // it was looked for in the right place
  }, 90_000);
});
