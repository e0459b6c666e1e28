export type StopTracing = () => Promise<void>;

/**
 * Exports the process's spans to an OTLP/HTTP collector, in batches. Without an endpoint nothing is loaded: traces still
 * travel on, and their ids stand in the logs, but nobody records them.
 */
export async function startTracing(service: string, endpoint: string | undefined): Promise<StopTracing> {
  if (endpoint === undefined) return async () => undefined;
  const { exportSpans } = await import('./sdk.js');
  return exportSpans(service);
}
