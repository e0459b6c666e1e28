import { randomBytes } from 'node:crypto';

type Prefix = 'shp' | 'rate' | 'trk' | 'evt';

/** An id as the real API makes them: a prefix and 32 hex digits. */
export function easyPostId(prefix: Prefix): string {
  return `${prefix}_${randomBytes(16).toString('hex')}`;
}

/** What stands on the label: `WB`, then 18 digits. */
export function trackingCode(): string {
  return `WB${BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString()
    .padStart(20, '0')
    .slice(-18)}`;
}
