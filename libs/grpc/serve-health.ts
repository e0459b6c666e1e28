import { setTimeout as pause } from 'node:timers/promises';
import {
  status as grpcStatus,
  type sendUnaryData,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { service as HealthService, type ServingStatus } from 'grpc-health-check';

interface Question {
  readonly service: string;
}
interface Answer {
  readonly status: ServingStatus | 'SERVICE_UNKNOWN';
}

/** Under this name: is there a process that answers? */
export const LIVENESS = 'liveness';
const WATCH_EVERY_MS = 2_000;

/**
 * The standard health service. The empty name and those of the services are about readiness: SERVING while /readyz would say
 * so, asked each time. `liveness` is about the process, as /healthz is: what restarts processes asks for that, for a new one
 * would be no readier.
 */
export class ServiceHealth {
  private readonly names: readonly string[];

  constructor(
    services: readonly string[],
    private readonly isReady: () => Promise<boolean>,
    /** Aborted when the service begins to stop. */
    private readonly stops: AbortSignal,
  ) {
    this.names = ['', ...services, LIVENESS];
  }

  addToServer(server: Pick<Server, 'addService'>): void {
    const handlers = {
      check: (call: ServerUnaryCall<Question, Answer>, done: sendUnaryData<Answer>) => void this.check(call, done),
      list: (_: unknown, done: sendUnaryData<{ statuses: Record<string, Answer> }>) => void this.list(done),
      watch: (call: ServerWritableStream<Question, Answer>) => void this.watch(call),
    };
    server.addService(HealthService, handlers);
  }

  private async statusOf(name: string): Promise<ServingStatus | undefined> {
    if (!this.names.includes(name)) return undefined;
    return name === LIVENESS || (await this.isReady()) ? 'SERVING' : 'NOT_SERVING';
  }

  private async check({ request }: ServerUnaryCall<Question, Answer>, done: sendUnaryData<Answer>): Promise<void> {
    const status = await this.statusOf(request.service);
    if (status) done(null, { status });
    else done({ code: grpcStatus.NOT_FOUND, details: `No health is known of ${request.service}` });
  }

  private async list(done: sendUnaryData<{ statuses: Record<string, Answer> }>): Promise<void> {
    const statuses = await Promise.all(
      this.names.map(async (name) => [name, { status: (await this.statusOf(name)) ?? 'UNKNOWN' }] as const),
    );
    done(null, { statuses: Object.fromEntries(statuses) });
  }

  /** Says each change, to whoever stays to hear it. A stop ends it: the server would wait for who only listens. */
  private async watch(call: ServerWritableStream<Question, Answer>): Promise<void> {
    let told: Answer['status'] | undefined;
    while (!call.cancelled && !this.stops.aborted) {
      const status = (await this.statusOf(call.request.service)) ?? 'SERVICE_UNKNOWN';
      if (status !== told) call.write({ status });
      told = status;
      await pause(WATCH_EVERY_MS, undefined, { ref: false, signal: this.stops }).catch(() => undefined);
    }
    if (call.cancelled) return;
    if (told !== 'NOT_SERVING') call.write({ status: 'NOT_SERVING' });
    call.end();
  }
}
