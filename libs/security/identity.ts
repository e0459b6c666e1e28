import { isIdentity, type Identity } from '#libs/contracts/callers.js';

const TRUST_DOMAIN = 'spiffe://waybill/';

/** How an identity stands in its certificate: as a SPIFFE id, which meshes read, too. */
export function identityUri(identity: Identity): string {
  return `${TRUST_DOMAIN}${identity}`;
}

/**
 * Whose certificate it is, by its subject alternative names as Node prints them: `URI:spiffe://waybill/orders, DNS:orders`.
 * Only of a certificate whose chain was verified.
 */
export function identityIn(subjectAltName: string | undefined): Identity | undefined {
  const found = (subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith(`URI:${TRUST_DOMAIN}`))
    .map((name) => name.slice(`URI:${TRUST_DOMAIN}`.length));
  const [identity] = found;
  return identity !== undefined && found.length === 1 && isIdentity(identity) ? identity : undefined;
}
