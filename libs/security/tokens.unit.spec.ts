import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  base64url,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import { openDevIssuer, type DevIssuer } from './dev-issuer.js';
import { requireScope, TokenVerifier } from './tokens.js';

const UNAUTHENTICATED = expect.objectContaining({ code: 'UNAUTHENTICATED' });

describe('access tokens', () => {
  let folder: string;
  let issuer: DevIssuer;
  let verifier: TokenVerifier;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-tokens-'));
    issuer = await openDevIssuer(folder);
    verifier = new TokenVerifier(issuer);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const valid = (): Promise<string> => issuer.issueToken({ subject: 'anna', scopes: ['orders:read'] });
  const refused = (token: string) => expect(verifier.verify(token)).rejects.toEqual(UNAUTHENTICATED);

  it('tells who calls, and what it may do', async () => {
    await expect(verifier.verifyAuthorization(`Bearer ${await valid()}`)).resolves.toEqual({
      subject: 'anna',
      kind: 'customer',
      scopes: new Set(['orders:read']),
    });
    const operator = await issuer.issueToken({ subject: 'olga', scopes: ['ops', 'orders:read'] });
    await expect(verifier.verify(operator)).resolves.toMatchObject({ subject: 'olga', kind: 'operator' });
  });

  it('refuses what is no bearer token', async () => {
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${await valid()}`,
      `Bearer ${await valid()} more`,
    ]) {
      await expect(verifier.verifyAuthorization(authorization)).rejects.toEqual(UNAUTHENTICATED);
    }
  });

  it('refuses a token without a signature', async () => {
    const unsecured = new UnsecuredJWT({ scope: 'ops' })
      .setIssuer(issuer.issuer)
      .setAudience('waybill')
      .setSubject('anna')
      .setExpirationTime('1h');
    await refused(unsecured.encode());
    const [header = '', payload = ''] = (await valid()).split('.');
    await refused(`${header}.${payload}.`);
    await refused(`${base64url.encode('{"alg":"None"}')}.${payload}.`);
  });

  it('refuses another key, also one that brings its own public half or claims our key id', async () => {
    const stranger = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(stranger.publicKey);
    const own = await keyId(issuer);
    const sign = (extra: object) => signed(stranger.privateKey, { alg: 'ES256', ...extra });
    await refused(await sign({}));
    await refused(await sign({ kid: own }));
    await refused(await sign({ kid: own, jwk }));
    await refused(await sign({ kid: own, jku: 'https://evil.example/jwks.json', x5u: 'https://evil.example/cert' }));
  });

  it('refuses tricks with the key id', async () => {
    const stranger = await generateKeyPair('ES256');
    for (const kid of ['../../../dev/null', "' or 1=1 --", '__proto__', '', 'x'.repeat(10_000)]) {
      await refused(await signed(stranger.privateKey, { alg: 'ES256', kid }));
    }
  });

  it('refuses the public key used as a shared secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = await keyId(issuer);
    await refused(await signed(new TextEncoder().encode(await exportSPKI(publicKey)), { alg: 'HS256', kid }));
  });

  it('refuses an algorithm that is not on the list, even with a published key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('PS256', { extractable: true });
    const other = await keySetFile({ ...(await exportJWK(publicKey)), kid: 'ps', use: 'sig' });
    const lenient = new TokenVerifier({ jwksUrl: other, issuer: issuer.issuer });
    await expect(lenient.verify(await signed(privateKey, { alg: 'PS256', kid: 'ps' }))).rejects.toEqual(
      UNAUTHENTICATED,
    );
  });

  it.each(['ES256', 'RS256', 'EdDSA'])('takes a published %s key', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwksUrl = await keySetFile({ ...(await exportJWK(publicKey)), kid: alg, alg });
    const token = await signed(privateKey, { alg, kid: alg });
    await expect(new TokenVerifier({ jwksUrl, issuer: issuer.issuer }).verify(token)).resolves.toMatchObject({
      subject: 'anna',
    });
  });

  it.each<[string, JWTPayload]>([
    ['another audience', { aud: 'elsewhere' }],
    ['no audience', { aud: [] }],
    ['another issuer', { iss: 'somebody' }],
    ['an expiry in the past', { exp: seconds(-6) }],
    ['a beginning in the future', { nbf: seconds(60) }],
    ['a subject that is no text', { sub: 7 as unknown as string }],
    ['an empty subject', { sub: '' }],
    ['an endless subject', { sub: 'x'.repeat(129) }],
  ])('refuses %s', async (_case, claims) => {
    const key = await generateKeyPair('ES256', { extractable: true });
    const jwksUrl = await keySetFile({ ...(await exportJWK(key.publicKey)), kid: 'k' });
    const strict = new TokenVerifier({ jwksUrl, issuer: issuer.issuer });
    await expect(strict.verify(await signed(key.privateKey, { alg: 'ES256', kid: 'k' }))).resolves.toMatchObject({
      subject: 'anna',
    });
    await expect(strict.verify(await signed(key.privateKey, { alg: 'ES256', kid: 'k' }, claims))).rejects.toEqual(
      UNAUTHENTICATED,
    );
  });

  it('refuses a token that never expires, and tolerates clocks that differ by five seconds', async () => {
    const key = await generateKeyPair('ES256', { extractable: true });
    const jwksUrl = await keySetFile({ ...(await exportJWK(key.publicKey)), kid: 'k' });
    const strict = new TokenVerifier({ jwksUrl, issuer: issuer.issuer });
    const endless = new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer.issuer)
      .setAudience('waybill')
      .setSubject('anna');
    await expect(strict.verify(await endless.sign(key.privateKey))).rejects.toEqual(UNAUTHENTICATED);
    await expect(
      strict.verify(await signed(key.privateKey, { alg: 'ES256', kid: 'k' }, { exp: seconds(-3) })),
    ).resolves.toBeDefined();
  });

  it('never answers garbage with anything but UNAUTHENTICATED', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map((json) => base64url.encode(json)),
      fc.constant(''),
    );
    const token = fc.oneof(
      fc.string(),
      fc.tuple(part, part, part).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(token, async (garbage) => refused(garbage)),
      { numRuns: 500 },
    );
  });

  it('says UNAVAILABLE, not UNAUTHENTICATED, while the keys cannot be read', async () => {
    const lost = new TokenVerifier({
      jwksUrl: pathToFileURL(join(folder, 'nowhere.json')).href,
      issuer: issuer.issuer,
    });
    await expect(lost.verify(await valid())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const broken = await keySetFile('not a key' as never);
    await expect(
      new TokenVerifier({ jwksUrl: broken, issuer: issuer.issuer }).verify(await valid()),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const refusing = await keyServer(() => ({ status: 500, body: '{}' }));
    await expect(
      new TokenVerifier({ jwksUrl: refusing, issuer: issuer.issuer }).verify(await valid()),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('reads remote keys once, and again when a key id is new', async () => {
    const [first, second] = await Promise.all([
      generateKeyPair('ES256', { extractable: true }),
      generateKeyPair('ES256', { extractable: true }),
    ]);
    const published = [{ ...(await exportJWK(first.publicKey)), kid: 'first' }];
    let reads = 0;
    const remote = await keyServer(() => ({ status: 200, body: JSON.stringify({ keys: published }), read: reads++ }));
    const fast = new TokenVerifier({ jwksUrl: remote, issuer: issuer.issuer });
    const withKey = (key: CryptoKey, kid: string) =>
      signed(key, { alg: 'ES256', kid }).then((token) => fast.verify(token));
    await Promise.all([withKey(first.privateKey, 'first'), withKey(first.privateKey, 'first')]);
    expect(reads).toBe(1);

    published.push({ ...(await exportJWK(second.publicKey)), kid: 'second' });
    const soon = withKey(second.privateKey, 'second');
    await expect(soon).rejects.toEqual(UNAUTHENTICATED);
    expect(reads).toBe(1);
    jumpAhead(31_000);
    await expect(withKey(second.privateKey, 'second')).resolves.toBeDefined();
    expect(reads).toBe(2);
  });

  it('verifies a token once while it comes again, but never lets it outlive its expiry', async () => {
    const key = await generateKeyPair('ES256', { extractable: true });
    const published = { kid: 'gone', ...(await exportJWK(key.publicKey)) };
    const jwksUrl = await keySetFile(published);
    const remembering = new TokenVerifier({ jwksUrl, issuer: issuer.issuer });
    const token = await signed(key.privateKey, { alg: 'ES256', kid: 'gone' }, { exp: seconds(20) });
    const first = await remembering.verify(token);
    expect(await remembering.verify(token)).toBe(first);
    jumpAhead(24_000);
    expect(await remembering.verify(token)).toBe(first);
    jumpAhead(2_000);
    await expect(remembering.verify(token)).rejects.toEqual(UNAUTHENTICATED);
  });

  it('verifies a remembered token anew after a while', async () => {
    const token = await valid();
    const first = await verifier.verify(token);
    jumpAhead(31_000);
    const second = await verifier.verify(token);
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });

  it('asks for a scope', async () => {
    const caller = await verifier.verify(await valid());
    expect(() => requireScope(caller, 'orders:read', 'ops')).not.toThrow();
    expect(() => requireScope(caller, 'orders:write')).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  const signed = (key: CryptoKey | Uint8Array, header: JWTHeaderParameters, claims: JWTPayload = {}): Promise<string> =>
    new SignJWT({ iss: issuer.issuer, aud: 'waybill', sub: 'anna', exp: seconds(60), ...claims })
      .setProtectedHeader(header)
      .sign(key);

  async function keySetFile(key: object): Promise<string> {
    const path = join(folder, `${crypto.randomUUID()}.json`);
    await writeFile(path, JSON.stringify({ keys: [key] }));
    return pathToFileURL(path).href;
  }
});

describe('the development issuer', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'waybill-issuer-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('makes one key, whoever comes first, and keeps it to its owner', async () => {
    const issuers = await Promise.all(Array.from({ length: 8 }, () => openDevIssuer(join(folder, 'issuer'))));
    issuers.push(await openDevIssuer(join(folder, 'issuer')));
    const verifier = new TokenVerifier(issuers[0] as DevIssuer);
    for (const issuer of issuers) {
      await expect(verifier.verify(await issuer.issueToken({ subject: 'anna', scopes: [] }))).resolves.toMatchObject({
        subject: 'anna',
      });
    }
    const { mode } = await stat(join(folder, 'issuer', 'private-key.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('publishes nothing private', async () => {
    const { jwksUrl } = await openDevIssuer(folder);
    const [key] = await publishedKeys(jwksUrl);
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('issues tokens for a day unless told otherwise', async () => {
    const issuer = await openDevIssuer(folder);
    const verifier = new TokenVerifier(issuer);
    const long = await issuer.issueToken({ subject: 'anna', scopes: [] });
    const short = await issuer.issueToken({ subject: 'anna', scopes: [], lifetimeSeconds: 60 });
    jumpAhead(86_000_000);
    await expect(verifier.verify(long)).resolves.toBeDefined();
    await expect(verifier.verify(short)).rejects.toEqual(UNAUTHENTICATED);
  });
});

afterEach(() => void jest.useRealTimers());

/** Only the clock jumps; timers stay real. */
function jumpAhead(ms: number): void {
  const doNotFake = [
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'clearImmediate',
    'nextTick',
    'queueMicrotask',
    'performance',
    'hrtime',
  ] as const;
  jest.useFakeTimers({ now: Date.now() + ms, doNotFake: [...doNotFake] });
}

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1_000) + fromNow;
}

async function publishedKeys(jwksUrl: string): Promise<{ kid: string }[]> {
  return (JSON.parse(await readFile(fileURLToPath(jwksUrl), 'utf8')) as { keys: { kid: string }[] }).keys;
}

async function keyId(issuer: DevIssuer): Promise<string> {
  const [key] = await publishedKeys(issuer.jwksUrl);
  return key?.kid ?? '';
}

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

function keyServer(answer: () => { status: number; body: string }): Promise<string> {
  const server = createServer((_request, response) => {
    const { status, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`),
    ),
  );
}
