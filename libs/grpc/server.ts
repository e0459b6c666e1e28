import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Server, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { KEEPALIVE } from './client.js';
import type { ServiceHealth } from './serve-health.js';
import { serverCredentials } from './tls/own-identity.js';

const PROTO_ROOT = join(process.cwd(), 'libs', 'contracts', 'proto');
const MAX_MESSAGE_BYTES = 1024 * 1024;
/**
 * Halfway between two pings of {@link KEEPALIVE}, which both ends send: one that finds a connection told to go, with a call still on it, drops
 * that call. So what is left has fifteen seconds to end.
 */
const CONNECTION_AGE_MS = 45_000;
/** Longest a stream stays on the replica it began at, where {@link KEEPALIVE} has not ended it before; then its reader resumes it, maybe at a new one. */
const STREAM_GRACE_MS = 10 * 60_000;

/**
 * The gRPC side of a Nest service: its services by full name, the standard health and reflection services beside them.
 * A stop lets calls that are in flight finish.
 */
export function grpcTransport(
  listen: string,
  services: Readonly<Record<string, ServiceDefinition>>,
  health: Pick<ServiceHealth, 'addToServer'>,
): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      url: listen,
      credentials: serverCredentials(),
      package: [...new Set(Object.keys(services).map((name) => name.slice(0, name.lastIndexOf('.'))))],
      packageDefinition: services,
      gracefulShutdown: true,
      maxReceiveMessageLength: MAX_MESSAGE_BYTES,
      // Callers look their peer up again when a connection ends: so they find new replicas, and leave an address that has become another's.
      // Streams go on for a while on the connection that takes no new calls.
      channelOptions: {
        'grpc.max_connection_age_ms': CONNECTION_AGE_MS,
        'grpc.max_connection_age_grace_ms': STREAM_GRACE_MS,
        ...KEEPALIVE,
      },
      onLoadPackageDefinition: (_definition: unknown, server: Server) => {
        health.addToServer(server);
        new ReflectionService(describe(Object.keys(services)), { services: Object.keys(services) }).addToServer(server);
      },
    },
  };
}

/** Reflection wants descriptors; the generated code carries none, so they are read from the .proto files. */
function describe(serviceNames: readonly string[]) {
  const files = [...new Set(serviceNames.map((name) => name.split('.').slice(0, -1).join('/')))].flatMap((folder) =>
    readdirSync(join(PROTO_ROOT, folder)).map((file) => `${folder}/${file}`),
  );
  return loadSync(files, { includeDirs: [PROTO_ROOT], keepCase: true });
}
