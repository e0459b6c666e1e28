import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Keyring, PayloadKey } from '#libs/temporal/keyring.js';

/** Says that an operator's browser may read payloads for a while. It can do nothing else: it is no token of the API. */
export interface Session {
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Sessions without a memory: what the browser keeps is signed by a key that follows from the payloads' newest one. Whoever
 * could forge a session could read the payloads without one.
 */
export class Sessions {
  private readonly newest: Buffer;
  private readonly known: readonly Buffer[];

  constructor(
    keys: Keyring,
    private readonly now: () => number = Date.now,
  ) {
    this.newest = secretOf(keys.newest);
    this.known = keys.all.map(secretOf);
  }

  open(subject: string, forMs: number): string {
    const told = Buffer.from(JSON.stringify({ subject, until: this.now() + forMs })).toString('base64url');
    return `${told}.${signed(told, this.newest).toString('base64url')}`;
  }

  /** Undefined: forged, over, or none at all. */
  find(cookie = ''): Session | undefined {
    const [told = '', signature = ''] = cookie.split('.');
    const given = Buffer.from(signature, 'base64url');
    const ours = this.known.some((secret) => {
      const due = signed(told, secret);
      return due.length === given.length && timingSafeEqual(due, given);
    });
    if (!ours) return undefined;
    const session = JSON.parse(Buffer.from(told, 'base64url').toString()) as Session;
    return session.until > this.now() ? session : undefined;
  }
}

function secretOf({ secret }: PayloadKey): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'waybill: sessions that read payloads', 32));
}

function signed(told: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(told).digest();
}
