import type { Metadata } from '@grpc/grpc-js';
import { counter } from '#libs/telemetry/metrics.js';

/** What gRPC adds to what has come back of a call that it made more than once. */
const ATTEMPTS_BEFORE = 'grpc-previous-rpc-attempts';

const retries = counter('waybill_grpc_client_retries_total', 'Attempts that gRPC made again, within the budget', [
  'method',
]);

/** Nobody can look into gRPC's budget itself: what it lets through is what it spends. */
export function countRetries(path: string, metadata: Metadata): void {
  const again = Number(metadata.get(ATTEMPTS_BEFORE)[0] ?? 0);
  if (again > 0) retries.inc({ method: path.slice(1) }, again);
}
