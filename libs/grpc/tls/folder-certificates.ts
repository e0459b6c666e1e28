import { X509Certificate } from 'node:crypto';
import type { experimental } from '@grpc/grpc-js';
import { messageOf } from '#libs/kernel/errors.js';
import type { Credentials } from '#libs/security/authority.js';
import { readIdentity, type IdentityFiles } from '#libs/security/identity-folder.js';
import { changesOf, matching } from '#libs/security/key-pair.js';
import { logger } from '#libs/telemetry/logger.js';

/**
 * An identity's files as gRPC takes them: looked at again and again, and handed on whenever they have changed.
 * Unlike the library's own watcher it never hands on a key with another key's certificate, nor nothing at all while a file
 * is away: connections go on with what was there before. The first reading is done when it is made.
 */
export class FolderCertificates implements experimental.CertificateProvider {
  private readonly caListeners = new Set<experimental.CaCertificateUpdateListener>();
  private readonly identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  private current: Credentials;
  private seen: string;

  /** @throws Error when the files are missing or do not belong together */
  constructor(
    private readonly files: IdentityFiles,
    refreshMs: number,
  ) {
    this.seen = changesOf(files);
    this.current = matching(readIdentity(files));
    setInterval(() => this.refresh(), refreshMs).unref();
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.caListeners.add(listener);
    process.nextTick(listener, this.ca);
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.identityListeners.add(listener);
    process.nextTick(listener, this.identity);
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.identityListeners.delete(listener);
  }

  private refresh(): void {
    try {
      const seen = changesOf(this.files);
      if (seen === this.seen) return;
      this.current = matching(readIdentity(this.files));
      this.seen = seen;
    } catch (error) {
      logger().warn({ error: messageOf(error) }, 'new certificates cannot be read yet; the old ones stay in use');
      return;
    }
    logger().info({ validTo: new X509Certificate(this.current.certificate).validTo }, 'certificates were renewed');
    for (const listener of this.caListeners) listener(this.ca);
    for (const listener of this.identityListeners) listener(this.identity);
  }

  private get ca(): experimental.CaCertificateUpdate {
    return { caCertificate: Buffer.from(this.current.ca) };
  }

  private get identity(): experimental.IdentityCertificateUpdate {
    return { certificate: Buffer.from(this.current.certificate), privateKey: Buffer.from(this.current.key) };
  }
}
