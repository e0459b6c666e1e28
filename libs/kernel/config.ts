import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { z } from 'zod';
import { duration } from './duration.js';
import { messageOf } from './errors.js';
import { maskUrls } from './mask-urls.js';

const SECRET = /SECRET|PASSWORD|_TOKEN$|API_KEY|_KEYS$/;

/** `host:port` to listen on. */
export const address = z.string().regex(/^[^\s:,]+:\d{1,5}$/, 'must be host:port');
/** Where a service is called: `host:port`, or the addresses of its replicas, separated by commas. */
export const peerAddress = z
  .string()
  .regex(/^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/, 'must be host:port, or several of them separated by commas');
export const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);
/** Milliseconds. */
export const milliseconds = (fallback: number) => z.coerce.number().int().min(0).default(fallback);

/** What every service is configured with. Services extend it: `serviceConfig.extend({ … })`. */
export const serviceConfig = z.object({
  /** HTTP: /healthz, /readyz, /metrics; the API too where a service speaks HTTP. */
  WAYBILL_PROBE_LISTEN: address,
  WAYBILL_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  /** How long a stop may take before the process ends itself. */
  WAYBILL_SHUTDOWN_MS: milliseconds(10_000),
  /** Where failpoints are armed. Without it there are none. */
  WAYBILL_FAILPOINTS_FOLDER: z.string().min(1).optional(),
  /** Where spans are sent, by OTLP over HTTP. Without it none are recorded. The other OTEL_* variables are the SDK's own. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  /** Which part of the traces the ratio samplers record. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
});
export type ServiceConfig = z.infer<typeof serviceConfig>;

/** How calls between services travel. Read for the whole process, by whoever calls or serves first. */
export const tlsConfig = z.object({
  /** `off`: plaintext, because a mesh encrypts and checks who may call. */
  WAYBILL_MTLS: z.enum(['on', 'off']).default('on'),
  /** The folder of this process's identity: ca.pem, cert.pem, key.pem. Without it calls are plaintext. */
  WAYBILL_TLS_DIR: z.string().min(1).optional(),
  /** How often the folder is looked at for newer certificates. */
  WAYBILL_TLS_REFRESH: duration('5s'),
});

export const grpcConfig = z.object({ WAYBILL_GRPC_LISTEN: address });
export const databaseConfig = z.object({
  WAYBILL_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Connections of this process. The sum over all processes stays below max_connections. */
  WAYBILL_DATABASE_POOL: count(4),
  WAYBILL_STATEMENT_TIMEOUT_MS: milliseconds(5_000),
});
/** Of services that answer a caller's idempotency key once. */
export const idempotencyConfig = z.object({
  /** How long one process may answer a key alone. Longer than any call lasts. */
  WAYBILL_CLAIM_LEASE: duration('10s'),
  /** How long an answer is kept for repeats of its request. */
  WAYBILL_ANSWERS_KEPT: duration('24h'),
});
export type IdempotencyConfig = z.output<typeof idempotencyConfig>;
export const amqpConfig = z.object({ WAYBILL_AMQP_URL: z.url({ protocol: /^amqps?$/ }) });
/** Of an amqps: URL, as PEM files. The broker's certificate is always verified. Read for the whole process by whoever connects. */
export const amqpTlsConfig = z.object({
  /** Who signs the broker's certificate; the system's authorities without it. */
  WAYBILL_AMQP_TLS_CA: z.string().min(1).optional(),
  /** The client's own certificate and its key, where the broker wants one. */
  WAYBILL_AMQP_TLS_CERT: z.string().min(1).optional(),
  WAYBILL_AMQP_TLS_KEY: z.string().min(1).optional(),
});

/** Not a bug of the code: where it was thrown would only hide what it says. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  override readonly stack = this.message;
}

/** To serve gRPC in plaintext is a decision, never an omission. @throws ConfigurationError */
export function refusePlaintext(service: string, { WAYBILL_MTLS, WAYBILL_TLS_DIR }: z.output<typeof tlsConfig>): void {
  if (WAYBILL_MTLS === 'off' || WAYBILL_TLS_DIR !== undefined) return;
  throw new ConfigurationError(
    `${service} would serve gRPC in plaintext, to anybody: set WAYBILL_TLS_DIR or, where a mesh encrypts, WAYBILL_MTLS=off.`,
  );
}

/**
 * Reads and validates a service's configuration from the environment.
 * A service started by hand (`npx nest start orders --watch`) takes the environment that the running system gave it.
 * `<NAME>_FILE` names a file that holds the value of NAME, as orchestrators hand out secrets.
 * @throws ConfigurationError that lists each variable that is missing or wrong.
 */
export function loadConfig<Schema extends z.ZodObject>(service: string, schema: Schema): z.output<Schema> {
  const handed = join(process.cwd(), '.waybill', 'env', `${service}.env`);
  if (process.env['WAYBILL_PROBE_LISTEN'] === undefined && existsSync(handed)) loadEnvFile(handed);
  const result = schema.safeParse(withFiles(schema, process.env));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigurationError(
    `${service} cannot start, its configuration is not valid:\n${problems.join('\n')}\n` +
      `Set these variables (.env.example explains each), or run \`npm start\`, which sets them all.`,
  );
}

/** @throws ConfigurationError for a file that cannot be read, or a variable that is given both ways */
function withFiles({ shape }: z.ZodObject, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = Object.keys(shape).flatMap((name) => {
    const file = given[`${name}_FILE`];
    return file === undefined ? [] : [[name, readSecret(name, file, given[name])] as const];
  });
  return { ...given, ...Object.fromEntries(read) };
}

function readSecret(name: string, file: string, besides: string | undefined): string {
  if (besides !== undefined) throw new ConfigurationError(`Set ${name} or ${name}_FILE, not both.`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigurationError(`${name}_FILE: ${file} cannot be read: ${messageOf(error)}`);
  }
}

/** The configuration as it may be logged: secrets and passwords in URLs are masked. */
export function maskConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, SECRET.test(key) ? '***' : masked(value)]),
  );
}

function masked(value: unknown): unknown {
  return typeof value === 'string' ? maskUrls(value) : value;
}
