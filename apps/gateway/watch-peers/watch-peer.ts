import type { MethodDefinition } from '@grpc/grpc-js';
import { service as HealthService } from 'grpc-health-check';
import { grpcClient } from '#libs/grpc/client.js';
import { LIVENESS } from '#libs/grpc/serve-health.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';

type Check = MethodDefinition<{ service: string }, { status: string }>;

const CHECK_DEADLINE_MS = 1_000;

/**
 * Makes readiness ask a peer's standard health service each time. Gives back what closes the connection.
 * An optional peer is reported, but the gateway stays ready without it. Of one that it needs it is asked whether it lives: with
 * its database away the whole edge would else be taken from clients who ask for something else.
 */
export function watchPeer(name: string, address: string, options: { readonly optional?: boolean } = {}): () => void {
  const service = options.optional ? '' : LIVENESS;
  // The package describes its service loosely; this is the standard's Check.
  // Anybody may ask: where the peer is, is nobody's business.
  const silent = (cause: unknown): { status: string } => {
    // A process has answered, of an older release, to which this name says nothing: it lives.
    if (service === LIVENESS && isWaybillError(cause, 'NOT_FOUND')) return { status: 'SERVING' };
    throw new WaybillError('UNAVAILABLE', `${name} does not answer`, {}, { cause });
  };
  const health = grpcClient({ check: HealthService['Check'] as unknown as Check }, address);
  registerReadiness(
    name,
    async () => {
      const { status } = await health.check({ service }, { deadlineMs: CHECK_DEADLINE_MS }).catch(silent);
      if (status !== 'SERVING') throw new WaybillError('UNAVAILABLE', `${name} reports ${status}`);
    },
    options,
  );
  return health.close;
}
