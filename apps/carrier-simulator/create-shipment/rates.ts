import { easyPostId } from '../easypost/ids.js';
import type { RateJson } from '../schema.js';

/** Countries that pass validation but that no carrier goes to: ZZ is "unknown or unspecified" in ISO 3166-1's user range. */
const UNSERVED: ReadonlySet<string> = new Set(['ZZ']);
const HOME = 'DE';

export function isServed(country: string): boolean {
  return !UNSERVED.has(country);
}

/** What the carriers ask for a parcel; nothing where none of them goes. */
export function quoteRates(country: string, weightOunces: number): RateJson[] {
  if (!isServed(country)) return [];
  const abroad = country === HOME ? 1 : 2;
  const ounces = Math.ceil(weightOunces);
  return [
    rate('Overland', 'Ground', 449 * abroad + 4 * ounces, 3 * abroad),
    rate('Overland', 'Express', 1_290 * abroad + 9 * ounces, abroad),
    rate('Skyline', 'Priority', 990 * abroad + 7 * ounces, 2 * abroad),
  ];
}

function rate(carrier: string, service: string, cents: number, days: number): RateJson {
  return {
    id: easyPostId('rate'),
    carrier,
    service,
    rate: (cents / 100).toFixed(2),
    currency: 'EUR',
    delivery_days: days,
  };
}
