/**
 * A container's health check, `node dist/libs/telemetry/ask-readiness.js`: exits with 0 when the process beside it is ready.
 * Node's own modules alone, for it is started anew every few seconds.
 */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { pathToFileURL } from 'node:url';

const TIMEOUT_MS = 4_000;

/**
 * Asks the address of the probes, over TLS where the process serves it. It asks itself, by a name that no certificate is made
 * out to: so whose certificate it is, is not looked at.
 */
export function askReadiness(env: NodeJS.ProcessEnv): Promise<boolean> {
  const tls = ['', '_FILE'].some((given) => env[`WAYBILL_HTTP_TLS_CERT${given}`] !== undefined);
  const path = `://${env['WAYBILL_PROBE_LISTEN'] ?? '127.0.0.1:8080'}/readyz`;
  const options = { agent: false, rejectUnauthorized: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return new Promise((resolve) => {
    const request = tls ? getHttps(`https${path}`, options) : getHttp(`http${path}`, options);
    request.once('error', () => resolve(false));
    request.once('response', (response) => {
      response.resume().once('error', () => undefined); // what it says besides is for people
      resolve(response.statusCode === 200);
    });
  });
}

const isProgram = import.meta.url === pathToFileURL(process.argv[1] ?? '').href;
if (isProgram) process.exit((await askReadiness(process.env)) ? 0 : 1);
