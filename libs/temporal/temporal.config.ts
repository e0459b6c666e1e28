import { readFileSync } from 'node:fs';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { z } from 'zod';
import { address, ConfigurationError } from '#libs/kernel/config.js';
import { messageOf } from '#libs/kernel/errors.js';

const text = z.string().min(1).optional();

/** How Temporal is reached, and what it may not read. */
export const temporalConfig = z.object({
  WAYBILL_TEMPORAL_ADDRESS: address,
  WAYBILL_TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** Keys of the payloads, newest first, in a file or here: `<id>:<32 bytes in base64>`, separated by commas or white space. */
  WAYBILL_TEMPORAL_KEYS_FILE: text,
  WAYBILL_TEMPORAL_KEYS: text,
  /** `on` needs nothing else where the server's certificate is signed by a public authority. */
  WAYBILL_TEMPORAL_TLS: z.enum(['on', 'off']).optional(),
  /** PEM files: who signs the server's certificate; the client's own certificate and its key, for mTLS. */
  WAYBILL_TEMPORAL_TLS_CA: text,
  WAYBILL_TEMPORAL_TLS_CERT: text,
  WAYBILL_TEMPORAL_TLS_KEY: text,
  /** What the server's certificate is made out to, where that is not its address. */
  WAYBILL_TEMPORAL_TLS_SERVER_NAME: text,
  /** Instead of a certificate, as Temporal Cloud takes it. */
  WAYBILL_TEMPORAL_API_KEY: text,
});
export type TemporalConfig = z.infer<typeof temporalConfig>;

/**
 * Encrypted as soon as anything is given that needs it: an API key never travels in clear text.
 * @throws ConfigurationError for a file that cannot be read, half a pair, or a key where TLS is off.
 */
export function connectionOptions(config: TemporalConfig): NativeConnectionOptions {
  const address = config.WAYBILL_TEMPORAL_ADDRESS;
  const apiKey = config.WAYBILL_TEMPORAL_API_KEY;
  const tls = tlsOf(config);
  const needed = apiKey !== undefined || Object.keys(tls).length > 0;
  if (config.WAYBILL_TEMPORAL_TLS === 'off' && needed)
    throw new ConfigurationError(
      'WAYBILL_TEMPORAL_TLS is off, but a certificate or an API key is given, which needs it',
    );
  if (!needed && config.WAYBILL_TEMPORAL_TLS !== 'on') return { address };
  return { address, tls, ...(apiKey !== undefined && { apiKey }) };
}

type Tls = Exclude<NonNullable<NativeConnectionOptions['tls']>, boolean>;

function tlsOf(config: TemporalConfig): Tls {
  const name = config.WAYBILL_TEMPORAL_TLS_SERVER_NAME;
  const [ca, crt, key] = (['CA', 'CERT', 'KEY'] as const).map((part) => fileOf(config, `WAYBILL_TEMPORAL_TLS_${part}`));
  if ((crt === undefined) !== (key === undefined))
    throw new ConfigurationError('WAYBILL_TEMPORAL_TLS_CERT and WAYBILL_TEMPORAL_TLS_KEY are needed together');
  return {
    ...(ca && { serverRootCACertificate: ca }),
    ...(crt && key && { clientCertPair: { crt, key } }),
    ...(name !== undefined && { serverNameOverride: name }),
  };
}

type FileVariable = `WAYBILL_TEMPORAL_TLS_${'CA' | 'CERT' | 'KEY'}`;

function fileOf(config: TemporalConfig, variable: FileVariable): Buffer | undefined {
  const file = config[variable];
  try {
    return file === undefined ? undefined : readFileSync(file);
  } catch (error) {
    throw new ConfigurationError(`${variable}: ${messageOf(error)}`);
  }
}
