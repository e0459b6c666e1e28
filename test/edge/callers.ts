import { createHmac, generateKeyPairSync, randomUUID, sign as signBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, importJWK, SignJWT, type JWK, type JWTHeaderParameters } from 'jose';
import { DEV_ISSUER } from '#libs/security/dev-issuer.js';
import { AUDIENCE, SCOPES, type Scope } from '#libs/security/tokens.js';

/** Somebody who asks, and what the public contract says of them. */
export interface CallerUnderTest {
  readonly name: string;
  /** Lines of the request's head; more than one where a test sends it twice. */
  readonly authorization: readonly string[];
  /** Who it is, where its token is one. */
  readonly known?: { readonly subject: string; readonly scopes: readonly Scope[] };
}

export const OWNER = 'cus-ada';
export const STRANGER = 'cus-grace';
const OPERATOR = 'operator-matrix';
const CUSTOMERS: readonly Scope[] = ['orders:read', 'orders:write'];

interface Mint {
  readonly header?: Partial<JWTHeaderParameters> & Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

/** Everybody whom the edge must tell apart: with the issuer's own key, and with whatever a forger may try. */
export async function callersOf(runFile: string): Promise<readonly CallerUnderTest[]> {
  const stored = JSON.parse(readFileSync(join(dirname(runFile), 'issuer', 'private-key.json'), 'utf8')) as JWK;
  const kid = String(stored.kid);
  const issuerKey = await importJWK(stored, 'ES256');
  const forger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1_000);
  const mint = ({ header = {}, claims = {}, key = issuerKey }: Mint = {}): Promise<string> =>
    new SignJWT({
      iss: DEV_ISSUER,
      aud: AUDIENCE,
      sub: OWNER,
      scope: SCOPES.join(' '),
      iat: now,
      exp: now + 3_600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT', ...header })
      .sign(key);
  const good = async (name: string, subject: string, scopes: readonly Scope[]): Promise<CallerUnderTest> => ({
    name,
    authorization: [`Bearer ${await mint({ claims: { sub: subject, scope: scopes.join(' ') } })}`],
    known: { subject, scopes },
  });
  const bad = async (name: string, token: Promise<string> | string): Promise<CallerUnderTest> => ({
    name,
    authorization: [`Bearer ${await token}`],
  });
  const valid = await mint();
  const own = await exportJWK(forger.publicKey);
  const forged = (header: Mint['header'] = {}) => mint({ header: { ...header }, key: forger.privateKey });
  const { d: _secret, ...published } = stored;
  return [
    { name: 'nobody', authorization: [] },
    await good('the owner', OWNER, CUSTOMERS),
    await good('the owner, reading', OWNER, ['orders:read']),
    await good('the owner, writing', OWNER, ['orders:write']),
    await good('the owner, without scopes', OWNER, []),
    await good('a stranger', STRANGER, CUSTOMERS),
    await good('a stranger, without scopes', STRANGER, []),
    await good('an operator', OPERATOR, ['ops']),
    await bad('alg none', unsigned({ alg: 'none', kid }, await claimsOf(valid))),
    await bad('alg None, signed by nobody', unsigned({ alg: 'None' }, await claimsOf(valid))),
    await bad(
      'alg HS256 with the public key as the secret',
      hmac({ alg: 'HS256', kid }, await claimsOf(valid), JSON.stringify(published)),
    ),
    await bad('another key under our kid', forged()),
    await bad('another key under its own kid', forged({ kid: await calculateJwkThumbprint(own) })),
    await bad('a key of its own in the header', forged({ jwk: own })),
    await bad('a key set of its own in the header', forged({ jku: 'http://127.0.0.1:1/jwks.json' })),
    await bad('a certificate of its own in the header', forged({ x5u: 'http://127.0.0.1:1/x', x5c: ['AAAA'] })),
    await bad('a kid that is a path', forged({ kid: '../../../../../../dev/null' })),
    await bad('a kid that is SQL', forged({ kid: "' or 1=1 --" })),
    await bad('a kid of 4 KiB', forged({ kid: 'k'.repeat(4_096) })),
    await bad('no kid, another key', mint({ header: { kid: '' }, key: forger.privateKey })),
    await bad('a critical header that nobody knows', criticalHeader(kid, await claimsOf(valid), forger.privateKey)),
    await bad('another audience', mint({ claims: { aud: 'somebody-else' } })),
    await bad('no audience', mint({ claims: { aud: undefined } })),
    await bad('another issuer', mint({ claims: { iss: 'https://evil.example' } })),
    await bad('no issuer', mint({ claims: { iss: undefined } })),
    await bad('expired', mint({ claims: { exp: now - 60 } })),
    await bad('without an end', mint({ claims: { exp: undefined } })),
    await bad(
      'an end that is text',
      mint({ claims: { exp: 'never' } }).catch(() => 'a.b.c'),
    ),
    await bad('not yet valid', mint({ claims: { nbf: now + 600 } })),
    await bad('no subject', mint({ claims: { sub: undefined } })),
    await bad('an empty subject', mint({ claims: { sub: '' } })),
    await bad(
      'a subject that is a list',
      mint({ claims: { sub: [OWNER] } }).catch(() => 'a.b.c'),
    ),
    await bad('claims changed after signing', tampered(valid)),
    await bad('a signature cut off', valid.split('.').slice(0, 2).join('.') + '.'),
    await bad('no token at all', '..'),
    await bad('60 parts', Array<string>(60).fill('a').join('.')),
    { name: 'a valid token sent twice', authorization: [`Bearer ${valid}`, `Bearer ${valid}`] },
    { name: 'a valid token as a password', authorization: [`Basic ${Buffer.from(`ada:${valid}`).toString('base64')}`] },
    { name: 'a valid token without its scheme', authorization: [valid] },
  ];
}

async function claimsOf(token: string): Promise<string> {
  return token.split('.')[1] ?? '';
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function unsigned(header: object, claims: string): string {
  return `${encode(header)}.${claims}.`;
}

function hmac(header: object, claims: string, secret: string): string {
  const signed = `${encode(header)}.${claims}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function criticalHeader(kid: string, claims: string, key: KeyObject): string {
  const signed = `${encode({ alg: 'ES256', kid, crit: ['x-odd'], 'x-odd': randomUUID() })}.${claims}`;
  return `${signed}.${signBytes('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** The owner's token that says it is an operator's. */
function tampered(token: string): string {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
  return `${header}.${encode({ ...said, sub: 'root' })}.${signature}`;
}
