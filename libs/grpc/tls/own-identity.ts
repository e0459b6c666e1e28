import { credentials, experimental, ServerCredentials, type ChannelCredentials } from '@grpc/grpc-js';
import { loadConfig, tlsConfig } from '#libs/kernel/config.js';
import { filesIn, type IdentityFiles } from '#libs/security/identity-folder.js';
import { FolderCertificates } from './folder-certificates.js';
import { refuseStrangers } from './refuse-strangers.js';

/** Whoever this process is to the others. */
interface OwnIdentity {
  readonly channel: ChannelCredentials;
  readonly server: ServerCredentials;
}

const REFRESH_MS = 1_000;
let own: OwnIdentity | undefined;

/** The identity of clients and servers that are made from now on, in place of what the environment says; null: plaintext. */
export function useIdentity(files: IdentityFiles | null, refreshMs = REFRESH_MS): void {
  own = files === null ? plaintext() : mutualTls(files, refreshMs);
}

/** One for all clients of the process, so that those of one peer can share a connection. */
export function channelCredentials(): ChannelCredentials {
  return ownIdentity().channel;
}

/** With mTLS a caller needs a certificate, and may call what the table allows it. */
export function serverCredentials(): ServerCredentials {
  return ownIdentity().server;
}

function ownIdentity(): OwnIdentity {
  return (own ??= fromEnvironment());
}

function fromEnvironment(): OwnIdentity {
  const { WAYBILL_MTLS, WAYBILL_TLS_DIR, WAYBILL_TLS_REFRESH } = loadConfig('gRPC', tlsConfig);
  if (WAYBILL_MTLS === 'off' || WAYBILL_TLS_DIR === undefined) return plaintext();
  return mutualTls(filesIn(WAYBILL_TLS_DIR), WAYBILL_TLS_REFRESH);
}

function plaintext(): OwnIdentity {
  return { channel: credentials.createInsecure(), server: ServerCredentials.createInsecure() };
}

function mutualTls(files: IdentityFiles, refreshMs: number): OwnIdentity {
  const provider = new FolderCertificates(files, refreshMs);
  const verified = experimental.createCertificateProviderServerCredentials(provider, provider, true);
  return {
    channel: experimental.createCertificateProviderChannelCredentials(provider, provider),
    server: experimental.createServerCredentialsWithInterceptors(verified, [refuseStrangers]),
  };
}
