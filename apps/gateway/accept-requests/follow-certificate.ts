import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions, Server } from 'node:tls';
import { ConfigurationError } from '#libs/kernel/config.js';
import { messageOf } from '#libs/kernel/errors.js';
import { changesOf, readKeyPair } from '#libs/security/key-pair.js';
import { logger } from '#libs/telemetry/logger.js';
import type { GatewayConfig } from '../gateway.config.js';

/** The edge's own certificate: files that somebody else renews. */
export interface EdgeTls {
  readonly files: { readonly cert: string; readonly key: string };
  readonly refreshMs: number;
}

/** @throws ConfigurationError when one file is named without the other */
export function tlsOf(config: GatewayConfig): EdgeTls | undefined {
  const { WAYBILL_HTTP_TLS_CERT: cert, WAYBILL_HTTP_TLS_KEY: key, WAYBILL_HTTP_TLS_REFRESH: refreshMs } = config;
  if (cert !== undefined && key !== undefined) return { files: { cert, key }, refreshMs };
  if (cert === undefined && key === undefined) return undefined;
  throw new ConfigurationError('Set WAYBILL_HTTP_TLS_CERT and WAYBILL_HTTP_TLS_KEY, or neither.');
}

/** @throws ConfigurationError when the files cannot be read, or do not belong together */
export function secureContext({ files }: EdgeTls): SecureContextOptions {
  try {
    return contextOf(files);
  } catch (error) {
    throw new ConfigurationError(`WAYBILL_HTTP_TLS_CERT, WAYBILL_HTTP_TLS_KEY: ${messageOf(error)}`);
  }
}

/**
 * New connections get the newest certificate; those that are open go on. What cannot be read, or is half written, changes
 * nothing: it is read again at the next look.
 */
export function followCertificate(server: Server, { files, refreshMs }: EdgeTls): void {
  let seen = changesOf(files);
  const look = setInterval(() => {
    try {
      const now = changesOf(files);
      if (now === seen) return;
      const context = contextOf(files);
      server.setSecureContext(context);
      seen = now;
      logger().info({ validTo: new X509Certificate(context.cert).validTo }, 'the certificate of the API was renewed');
    } catch (error) {
      logger().warn({ error: messageOf(error) }, 'a new certificate cannot be read yet; the old one stays in use');
    }
  }, refreshMs);
  look.unref();
  server.once('close', () => clearInterval(look));
}

function contextOf(files: EdgeTls['files']) {
  const { certificate: cert, key } = readKeyPair(files);
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}
