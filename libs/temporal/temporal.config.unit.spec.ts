import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maskConfig } from '#libs/kernel/config.js';
import { connectionOptions, temporalConfig } from './temporal.config.js';

const folder = mkdtempSync(join(tmpdir(), 'waybill-temporal-'));
const file = (name: string): string => join(folder, name);
for (const name of ['ca', 'crt', 'key']) writeFileSync(file(name), name);
process.once('exit', () => rmSync(folder, { recursive: true }));

const ADDRESS = 'temporal.example.com:7233';
const optionsOf = (given: Readonly<Record<string, string>>) =>
  connectionOptions(
    temporalConfig.parse({
      WAYBILL_TEMPORAL_ADDRESS: ADDRESS,
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`WAYBILL_TEMPORAL_${name}`, value])),
    }),
  );

describe('how Temporal is reached', () => {
  it('given nothing, in clear text', () => {
    expect(optionsOf({})).toEqual({ address: ADDRESS });
    expect(optionsOf({ TLS: 'off' })).toEqual({ address: ADDRESS });
  });

  it('given TLS alone, by the public authorities', () => {
    expect(optionsOf({ TLS: 'on' })).toEqual({ address: ADDRESS, tls: {} });
  });

  it('given files and a name, by those', () => {
    const given = { TLS_CA: file('ca'), TLS_CERT: file('crt'), TLS_KEY: file('key'), TLS_SERVER_NAME: 'temporal' };
    expect(optionsOf(given)).toEqual({
      address: ADDRESS,
      tls: {
        serverRootCACertificate: Buffer.from('ca'),
        clientCertPair: { crt: Buffer.from('crt'), key: Buffer.from('key') },
        serverNameOverride: 'temporal',
      },
    });
  });

  it('given an API key, by that, over TLS', () => {
    expect(optionsOf({ API_KEY: 'secret' })).toEqual({ address: ADDRESS, tls: {}, apiKey: 'secret' });
  });

  it.each<[Record<string, string>, string]>([
    [{ TLS: 'off', API_KEY: 'secret' }, 'WAYBILL_TEMPORAL_TLS is off'],
    [{ TLS: 'off', TLS_CA: file('ca') }, 'WAYBILL_TEMPORAL_TLS is off'],
    [{ TLS_CERT: file('crt') }, 'needed together'],
    [{ TLS_KEY: file('key') }, 'needed together'],
    [{ TLS_CA: file('none') }, 'WAYBILL_TEMPORAL_TLS_CA: '],
  ])('given %j, does not start, and says why', (given, message) => {
    expect(() => optionsOf(given)).toThrow(message);
  });

  it('is logged without its secrets', () => {
    const masked = maskConfig({
      WAYBILL_TEMPORAL_KEYS: 'a:b',
      WAYBILL_TEMPORAL_API_KEY: 'c',
      WAYBILL_TEMPORAL_KEYS_FILE: 'd',
    });
    expect(Object.values(masked)).toEqual(['***', '***', 'd']);
  });
});
