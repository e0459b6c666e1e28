import {
  chmodSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

// The launcher is plain JavaScript, without types.
const load = (file: string): Promise<unknown> => import(new URL(file, import.meta.url).href);
const { secretsOf, payloadKeysOf } = (await load('./secrets.mjs')) as {
  secretsOf: (folder: string) => Record<string, string>;
  payloadKeysOf: (folder: string) => string;
};
const { secret } = (await load('../engines/secret.mjs')) as { secret: (file: string) => string };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (file: string): number => statSync(join(folder, file)).mode & 0o777;

describe('the secrets of a checkout', () => {
  it('given a second start, then they are the same, and their owner alone reads them', () => {
    const made = secretsOf(folder);
    const keys = readFileSync(payloadKeysOf(folder), 'utf8');
    const password = secret(join(folder, 'password'));
    expect(secretsOf(folder)).toEqual(made);
    expect(readFileSync(payloadKeysOf(folder), 'utf8')).toBe(keys);
    expect(secret(join(folder, 'password'))).toBe(password);
    expect(['secrets.json', 'temporal-keys', 'password'].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
    expect(readdirSync(folder).sort()).toEqual(['password', 'secrets.json', 'temporal-keys']);
  });

  it('given a service that is new, then who dies while its password is added leaves the old file whole', () => {
    const { 'broker.gateway': removed, ...before } = secretsOf(folder);
    const file = join(folder, 'secrets.json');
    writeFileSync(file, JSON.stringify(before));
    const old = openSync(file, 'r');
    const after = secretsOf(folder);
    // It was never written into: at each moment the name stood for the old file or for the new one.
    expect(JSON.parse(readFileSync(old, 'utf8'))).toEqual(before);
    closeSync(old);
    const { 'broker.gateway': added, ...rest } = after;
    expect(rest).toEqual(before);
    expect(added).not.toBe(removed);
  });

  it('given the draft of one who died, readable by all, then it is neither used nor its mode kept', () => {
    writeFileSync(join(folder, 'secrets.json.new'), '{"aud');
    chmodSync(join(folder, 'secrets.json.new'), 0o644);
    secretsOf(folder);
    expect(modeOf('secrets.json')).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secrets.json']);
  });
});

describe('a file of secrets that is damaged', () => {
  it.each(['', '{"auditor": "4f', '{"auditor": ""}', 'null'])(
    'given secrets.json with %j, then it is said what to do',
    (torn) => {
      writeFileSync(join(folder, 'secrets.json'), torn);
      expect(() => secretsOf(folder)).toThrow(/secrets\.json is damaged\. Delete it: new passwords/);
      expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).toBe(torn);
    },
  );

  it.each(['', '\n', 'development:AAEC', 'development'])(
    'given temporal-keys with %j, then it is said what to do',
    (torn) => {
      writeFileSync(join(folder, 'temporal-keys'), torn);
      expect(() => payloadKeysOf(folder)).toThrow(/temporal-keys is damaged\..*put back a copy.*npm start -- --fresh/);
      expect(readFileSync(join(folder, 'temporal-keys'), 'utf8')).toBe(torn);
    },
  );

  it.each(['', '4f2a'])('given an engine’s password of %j, then it is said what to do', (torn) => {
    writeFileSync(join(folder, 'password'), torn);
    expect(() => secret(join(folder, 'password'))).toThrow(/password is damaged\..*put back a copy/);
  });
});
