import type { ServiceDefinition } from '@grpc/grpc-js';
import { isService, SERVED_BY } from '#libs/contracts/callers.js';

/** In every identity's certificate. */
const ANYBODY = 'localhost';

/**
 * The name that the server's certificate must bear: that of the service that is called, wherever it runs. So a stolen
 * certificate of one service cannot answer in another's place. Health, which all of them serve, may come from any.
 */
export function serverName(service: ServiceDefinition): string {
  const [method] = Object.values(service);
  const [, name = ''] = method?.path.split('/') ?? [];
  return isService(name) ? SERVED_BY[name] : ANYBODY;
}
