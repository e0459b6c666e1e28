import { hostname } from 'node:os';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { grpcClient, type CallOptions, type GrpcClient } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { Guard, type CallSettings } from './guard.js';
import type { Caller, DependencyOf, MethodOf } from './policies.js';
import type { PolicyOverrides } from './policies.config.js';
import { policiesInForce } from './policy-rows.js';

type Guarded<Method> = Method extends (request: infer Request, options: CallOptions) => Promise<infer Response>
  ? (request: Request, settings?: CallSettings) => Promise<Response>
  : Method;

/** The methods of a service that the caller has a policy for. */
export type ResilientClient<Who extends Caller, Whom extends DependencyOf<Who>, Service> = {
  readonly [Name in keyof Service & MethodOf<Who, Whom>]: Guarded<GrpcClient<Service>[Name]>;
} & { readonly close: () => void };

/** How this process calls others: by the table, as its configuration changes it. One per process. */
export class Resilience<Who extends Caller = Caller> {
  private readonly guards: ReadonlyMap<string, Guard>;

  /** @throws ConfigurationError for an override of what is not called */
  constructor(
    readonly caller: Who,
    overrides: PolicyOverrides = {},
  ) {
    const rows = policiesInForce(caller, overrides);
    this.guards = new Map(rows.map((row) => [`${row.dependency}.${row.method}`, new Guard(row)]));
  }

  /** Which process says what `report` says. */
  get process(): string {
    return `${hostname()}/${process.pid}`;
  }

  /** A dependency's client, of which each unary method keeps to its policy. Streams begin as they are. */
  client<Whom extends DependencyOf<Who>, Service extends ServiceDefinition>(
    dependency: Whom,
    service: Service,
    address: string,
  ): ResilientClient<Who, Whom, Service> {
    const methods = Object.keys(service).filter((method) => this.guards.has(`${dependency}.${method}`));
    const retried = methods.filter((method) => this.guard(dependency, method as MethodOf<Who, Whom>).policy.retried);
    const client = grpcClient(service, address, { retried });
    const guarded = methods.map((method) => [method, this.guarded(dependency, method, service, client)]);
    return { ...Object.fromEntries(guarded), close: client.close } as ResilientClient<Who, Whom, Service>;
  }

  /** For what is called by other means than gRPC. */
  guard<Whom extends DependencyOf<Who>>(dependency: Whom, method: MethodOf<Who, Whom>): Guard {
    const guard = this.guards.get(`${dependency}.${method}`);
    if (guard) return guard;
    throw new WaybillError('INTERNAL', `${this.caller} has no policy for ${dependency}.${method}`);
  }

  /** Every policy in force, and how its breaker and its bulkhead stand. */
  report() {
    return [...this.guards.values()].map((guard) => guard.report());
  }

  private guarded(dependency: string, method: string, service: ServiceDefinition, client: object): unknown {
    const call = (client as Record<string, (request: unknown, options: CallOptions) => Promise<unknown>>)[method];
    if (call === undefined || service[method]?.responseStream) return call;
    const guard = this.guard(dependency as never, method);
    return (request: unknown, settings?: CallSettings) => guard.run((options) => call(request, options), settings);
  }
}
