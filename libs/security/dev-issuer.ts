import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { z } from 'zod';
import { replaceFile, writeDurably } from './replace-file.js';
import { AUDIENCE, type Scope } from './tokens.js';

export const DEV_ISSUER = 'waybill-development';
const ALGORITHM = 'ES256';
const DEFAULT_LIFETIME_SECONDS = 24 * 60 * 60;
const PRIVATE_KEY_FILE = 'private-key.json';
const KEY_SET_FILE = 'jwks.json';

const storedKey = z.object({
  kty: z.literal('EC'),
  crv: z.string(),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
});
type StoredKey = z.infer<typeof storedKey>;

export interface TokenRequest {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** 24 hours unless said otherwise. */
  readonly lifetimeSeconds?: number;
}

/** An issuer for machines without an identity provider: a key pair in a folder. Never for production. */
export interface DevIssuer {
  readonly issuer: string;
  /** `file:` URL of the public keys, as `TokenVerifier` takes it. */
  readonly jwksUrl: string;
  issueToken(request: TokenRequest): Promise<string>;
}

/**
 * Opens the issuer that lives in a folder, and makes its key pair there the first time.
 * The private key is readable by its owner only. Safe to call from several processes at once: one key wins.
 */
export async function openDevIssuer(folder: string): Promise<DevIssuer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const key = (await readKey(folder)) ?? (await makeKey(folder));
  await publishKey(folder, key);
  const privateKey = await importJWK(key, ALGORITHM);
  return {
    issuer: DEV_ISSUER,
    jwksUrl: pathToFileURL(join(folder, KEY_SET_FILE)).href,
    issueToken: ({ subject, scopes, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS }) =>
      new SignJWT({ scope: scopes.join(' ') })
        .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, typ: 'JWT' })
        .setIssuer(DEV_ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1_000) + lifetimeSeconds)
        .sign(privateKey),
  };
}

async function readKey(folder: string): Promise<StoredKey | undefined> {
  try {
    return storedKey.parse(JSON.parse(await readFile(join(folder, PRIVATE_KEY_FILE), 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Appears under its name complete or not at all; whoever comes second takes the first one's key. */
async function makeKey(folder: string): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = storedKey.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
  const draft = join(folder, `${PRIVATE_KEY_FILE}.${randomUUID()}`);
  await writeDurably(draft, JSON.stringify(key), 0o600);
  try {
    await link(draft, join(folder, PRIVATE_KEY_FILE));
    return key;
  } catch (error) {
    const winner = hasCode(error, 'EEXIST') ? await readKey(folder) : undefined;
    if (winner === undefined) throw error;
    return winner;
  } finally {
    await unlink(draft);
  }
}

async function publishKey(folder: string, key: StoredKey): Promise<void> {
  const { d: _private, ...publicPart } = key;
  const keySet: { keys: JWK[] } = { keys: [{ ...publicPart, alg: ALGORITHM, use: 'sig' }] };
  await replaceFile(join(folder, KEY_SET_FILE), JSON.stringify(keySet, null, 2), 0o644);
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
