import {
  Server,
  type ChannelOptions,
  type ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

export interface AnsweringServer {
  readonly address: string;
  stop(): void;
}

/** A bare gRPC server on a free port of the loopback interface. */
export async function serve(
  credentials: ServerCredentials,
  service: ServiceDefinition,
  handlers: UntypedServiceImplementation,
  options: ChannelOptions = {},
): Promise<AnsweringServer> {
  const server = new Server(options);
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}
