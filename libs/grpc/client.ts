import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  makeClientConstructor,
  Metadata,
  type Client,
  type ClientReadableStream,
  type MethodDefinition,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { RETRIES } from '#libs/resilience/policy.js';
import { currentTraceparent } from '#libs/telemetry/tracing/current-trace.js';
import { fromStatus } from './errors.js';
import { callContext, REPLAYED } from './call-context.js';
import { countRetries } from './count-retries.js';
import { observeStream, observeUnary } from './observe-calls.js';
import { channelCredentials } from './tls/own-identity.js';
import { serverName } from './tls/server-name.js';

export interface CallOptions {
  /** Milliseconds this call may take; it never outlives the call that is being served. */
  readonly deadlineMs: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** The answer is the stored one of an earlier call with the same key. */
  readonly onReplayed?: () => void;
}

type Unary<Definition> =
  Definition extends MethodDefinition<infer Request, infer Response>
    ? (request: Request, options: CallOptions) => Promise<Response>
    : never;

/** A stream lasts until its server ends it, or the signal. Its deadline is nobody's but its own. */
export type StreamOptions = Omit<CallOptions, 'deadlineMs'>;

type ServerStream<Definition> =
  Definition extends MethodDefinition<infer Request, infer Response>
    ? (request: Request, options: StreamOptions) => ClientReadableStream<Response>
    : never;

/** Sends as fast as the server takes it, and no faster. */
type ClientStream<Definition> =
  Definition extends MethodDefinition<infer Request, infer Response>
    ? (requests: Iterable<Request>, options: CallOptions) => Promise<Response>
    : never;

type Method<Definition> = Definition extends { readonly responseStream: true }
  ? ServerStream<Definition>
  : Definition extends { readonly requestStream: true }
    ? ClientStream<Definition>
    : Unary<Definition>;

/**
 * A service's unary methods as promises, of which every failure is a WaybillError; those that answer with a stream as grpc-js
 * has them, so that whoever reads can pause: `fromStatus` tells what their 'error' means.
 */
export type GrpcClient<Service> = { readonly [Name in keyof Service]: Method<Service[Name]> } & {
  readonly close: () => void;
};

export interface ClientPolicy {
  /**
   * Methods that gRPC may retry itself (UNAVAILABLE only), with jitter and within a budget, as `RETRIES` says.
   * None for callers that retry by other means, as the workflow does.
   */
  readonly retried: readonly string[];
}

/** After a server is back, a call waits at most this long for the connection. */
const MAX_RECONNECT_BACKOFF_MS = 500;
/** What comes back in a container may have another address; left to itself gRPC asks for it every half minute only. */
const MIN_TIME_BETWEEN_RESOLUTIONS_MS = 1_000;
/**
 * A peer that is gone without a word is noticed, though nothing is sent to it: what reads a stream may wait for hours.
 * grpc-js, at both ends, pings a connection that was told to go away, too. Node sends no ping there, which grpc-js takes for a dead
 * peer, and drops the streams that are left: so whoever reads a stream resumes it, about once in a minute. No setting avoids that
 * but to go without pings, and then a peer that hangs would never be noticed, nor without an age, and then no new replica.
 */
export const KEEPALIVE = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 } as const;
/** Left of the served call's deadline for answering it. */
export const ANSWER_RESERVE_MS = 500;

export function grpcClient<Service extends ServiceDefinition>(
  service: Service,
  address: string,
  policy: ClientPolicy = { retried: [] },
): GrpcClient<Service> {
  const Constructor = makeClientConstructor(service, 'Waybill');
  const client = new Constructor(target(address), channelCredentials(), {
    'grpc.ssl_target_name_override': serverName(service),
    'grpc.service_config': JSON.stringify(serviceConfig(service, policy)),
    // For every client: a call that the server refused unseen, because its connection is being closed, goes to the next one.
    'grpc.enable_retries': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_BACKOFF_MS,
    'grpc.dns_min_time_between_resolutions_ms': MIN_TIME_BETWEEN_RESOLUTIONS_MS,
    ...KEEPALIVE,
  });
  const methods = Object.entries(service).map(([name, definition]) => [name, method(client, definition)]);
  return { ...Object.fromEntries(methods), close: () => client.close() } as GrpcClient<Service>;
}

/** Several addresses are replicas: calls go round them. gRPC takes a list only of IP addresses. */
function target(address: string): string {
  return address.includes(',') ? `ipv4:${address}` : address;
}

function method(client: Client, definition: MethodDefinition<unknown, unknown>) {
  if (definition.responseStream) return observeStream(definition.path, serverStream(client, definition));
  return observeUnary(
    definition.path,
    definition.requestStream ? clientStream(client, definition) : unary(client, definition),
  );
}

function serverStream(client: Client, definition: MethodDefinition<unknown, unknown>) {
  return (request: unknown, options: StreamOptions): ClientReadableStream<unknown> => {
    const { path, requestSerialize, responseDeserialize } = definition;
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      outgoingMetadata(options),
    );
    const cancel = (): void => call.cancel();
    if (options.signal?.aborted) cancel();
    else options.signal?.addEventListener('abort', cancel, { once: true });
    call.once('status', () => options.signal?.removeEventListener('abort', cancel));
    return call;
  };
}

function clientStream(client: Client, definition: MethodDefinition<unknown, unknown>) {
  return (requests: Iterable<unknown>, options: CallOptions): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const call = client.makeClientStreamRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        outgoingMetadata(options),
        { deadline: deadlineOf(options) },
        (error: ServiceError | null, response?: unknown) => {
          options.signal?.removeEventListener('abort', cancel);
          if (error) reject(fromStatus(error));
          else resolve(response);
        },
      );
      const cancel = (): void => call.cancel();
      if (options.signal?.aborted) cancel();
      else options.signal?.addEventListener('abort', cancel, { once: true });
      // A call that has failed ends the pipe; why is told above.
      pipeline(Readable.from(requests), call).catch(() => undefined);
    });
}

function unary(client: Client, definition: MethodDefinition<unknown, unknown>) {
  return (request: unknown, options: CallOptions): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        outgoingMetadata(options),
        { deadline: deadlineOf(options) },
        (error: ServiceError | null, response?: unknown) => {
          options.signal?.removeEventListener('abort', cancel);
          if (!error) return resolve(response);
          countRetries(definition.path, error.metadata);
          reject(fromStatus(error));
        },
      );
      call.once('metadata', (metadata: Metadata) => {
        countRetries(definition.path, metadata);
        if (metadata.get(REPLAYED).includes('true')) options.onReplayed?.();
      });
      const cancel = (): void => call.cancel();
      if (options.signal?.aborted) cancel();
      else options.signal?.addEventListener('abort', cancel, { once: true });
    });
}

function outgoingMetadata({ metadata = {} }: StreamOptions): Metadata {
  const outgoing = new Metadata();
  for (const [key, value] of Object.entries(metadata)) outgoing.set(key, value);
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) outgoing.set('traceparent', traceparent);
  return outgoing;
}

function deadlineOf({ deadlineMs }: CallOptions): number {
  const own = Date.now() + deadlineMs;
  const { deadline } = callContext();
  return deadline === undefined ? own : Math.min(own, deadline - ANSWER_RESERVE_MS);
}

/** https://github.com/grpc/proposal/blob/master/A6-client-retries.md */
function serviceConfig(service: ServiceDefinition, { retried }: ClientPolicy): object {
  const balanced = { loadBalancingConfig: [{ round_robin: {} }] };
  if (retried.length === 0) return balanced;
  const name = retried.map((method) => {
    const [, serviceName, methodName] = service[method]?.path.split('/') ?? [];
    return { service: serviceName, method: methodName };
  });
  return {
    ...balanced,
    methodConfig: [
      {
        name,
        retryPolicy: {
          maxAttempts: RETRIES.attempts,
          initialBackoff: `${RETRIES.initialBackoffMs / 1_000}s`,
          maxBackoff: `${RETRIES.maxBackoffMs / 1_000}s`,
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
    retryThrottling: { maxTokens: RETRIES.budget.tokens, tokenRatio: RETRIES.budget.refill },
  };
}
