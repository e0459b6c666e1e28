import { readFile } from 'node:fs/promises';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JWTPayload,
  type RemoteJWKSet,
} from 'jose';
import { WaybillError, messageOf } from '#libs/kernel/errors.js';

export const AUDIENCE = 'waybill';
export const SCOPES = ['orders:read', 'orders:write', 'ops'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling, as its verified token says. */
export interface Caller {
  /** The token's `sub`: a customer's id, or an operator's name. */
  readonly subject: string;
  /** An operator is whoever carries the scope `ops`. */
  readonly kind: 'customer' | 'operator';
  readonly scopes: ReadonlySet<Scope>;
}

export interface TokenVerifierOptions {
  /** Where the issuer publishes its public keys: an `https:`, `http:` or `file:` URL. */
  readonly jwksUrl: string;
  readonly issuer: string;
}

const ALGORITHMS = ['ES256', 'RS256', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;
const FETCH_TIMEOUT_MS = 2_000;
/** How soon an unknown key id may make us read the key set again. */
const COOLDOWN_MS = { remote: 30_000, file: 1_000 };

/**
 * Verifies access tokens: signature by a key of the issuer's set, algorithm from a short list, `iss`, `aud`, `exp`.
 * Keys are cached for ten minutes; a key id that is not known makes it read the set again, so that keys can rotate.
 */
export class TokenVerifier {
  private readonly keys: RemoteJWKSet;
  private readonly recent = new RecentCallers();

  constructor(private readonly options: TokenVerifierOptions) {
    const url = new URL(options.jwksUrl);
    const inFile = url.protocol === 'file:';
    this.keys = createRemoteJWKSet(url, {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: inFile ? COOLDOWN_MS.file : COOLDOWN_MS.remote,
      ...(inFile && { [customFetch]: readKeyFile }),
    });
  }

  /**
   * @param authorization the value of the `authorization` header or metadata: `Bearer <JWT>`.
   * @throws WaybillError UNAUTHENTICATED when it is missing or not valid; UNAVAILABLE when the keys cannot be had.
   */
  async verifyAuthorization(authorization: string | undefined): Promise<Caller> {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) throw unauthenticated('Send `Authorization: Bearer <token>`.');
    return this.verify(token);
  }

  /** The caller a token speaks for. @throws as `verifyAuthorization` does. */
  async verify(token: string): Promise<Caller> {
    return this.recent.get(token) ?? this.recent.remember(token, await this.read(token));
  }

  private async read(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: ALGORITHMS,
        issuer: this.options.issuer,
        audience: AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['sub', 'exp'],
      });
      return payload;
    } catch (error) {
      throw keysAreMissing(error) ? keysUnavailable(error) : refusal(error);
    }
  }
}

const REMEMBERED_MS = 30_000;
const CAPACITY = 1_000;

/** Tokens that were verified a moment ago: the same caller comes again and again, and a signature costs a good part of a call. */
class RecentCallers {
  private readonly byToken = new Map<string, { readonly caller: Caller; readonly until: number }>();

  get(token: string): Caller | undefined {
    const known = this.byToken.get(token);
    return known !== undefined && known.until > Date.now() ? known.caller : undefined;
  }

  /** No longer than the token itself is valid. */
  remember(token: string, payload: JWTPayload): Caller {
    const caller = callerOf(payload);
    const expiresAt = ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1_000;
    this.byToken.delete(token);
    this.byToken.set(token, { caller, until: Math.min(Date.now() + REMEMBERED_MS, expiresAt) });
    if (this.byToken.size > CAPACITY) this.byToken.delete(this.byToken.keys().next().value ?? token);
    return caller;
  }
}

/** @throws WaybillError FORBIDDEN unless the caller carries one of the scopes. */
export function requireScope(caller: Caller, ...anyOf: readonly Scope[]): void {
  if (anyOf.some((scope) => caller.scopes.has(scope))) return;
  throw new WaybillError('FORBIDDEN', `This needs a token with the scope ${anyOf.join(' or ')}.`);
}

function callerOf(payload: JWTPayload): Caller {
  const { sub, scope } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > 128) throw unauthenticated('The token names no subject.');
  const granted = typeof scope === 'string' ? scope.split(' ') : [];
  const scopes = new Set(SCOPES.filter((known) => granted.includes(known)));
  return { subject: sub, kind: scopes.has('ops') ? 'operator' : 'customer', scopes };
}

/** Lets a `file:` key set share the caching and rotation of remote ones. */
const readKeyFile: FetchImplementation = async (url) =>
  new Response(await readFile(new URL(url), 'utf8'), { headers: { 'content-type': 'application/jwk-set+json' } });

/** True when the key set itself could not be read, which says nothing about the token. */
function keysAreMissing(error: unknown): boolean {
  if (error instanceof WaybillError) return false;
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'
  );
}

function keysUnavailable(cause: unknown): WaybillError {
  return new WaybillError('UNAVAILABLE', `The issuer's keys cannot be read: ${messageOf(cause)}`, {}, { cause });
}

function refusal(error: unknown): WaybillError {
  if (error instanceof WaybillError) return error;
  if (error instanceof errors.JWTExpired) return unauthenticated('The token has expired: get a new one.', error);
  return unauthenticated('The token is not valid.', error);
}

function unauthenticated(message: string, cause?: unknown): WaybillError {
  return new WaybillError('UNAUTHENTICATED', message, {}, { cause });
}
