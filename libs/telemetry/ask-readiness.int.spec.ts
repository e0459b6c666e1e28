import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '#libs/testing/free-port.js';
import { testIdentities } from '#libs/testing/test-identities.js';
import { askReadiness } from './ask-readiness.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server): Promise<NodeJS.ProcessEnv> {
  server.on('request', ({ url }, answer) => answer.writeHead(url === '/readyz' ? status : 404).end('{}'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return { WAYBILL_PROBE_LISTEN: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What /readyz answers. */
let status = 200;

async function serveTls(): Promise<NodeJS.ProcessEnv> {
  const identities = await testIdentities();
  const { cert, key } = await identities.issue('gateway');
  closing.push(() => identities.remove());
  const env = await listen(createTlsServer({ cert: await readFile(cert), key: await readFile(key) }));
  return { ...env, WAYBILL_HTTP_TLS_CERT: cert, WAYBILL_HTTP_TLS_KEY: key };
}

describe('the health check of a container', () => {
  it.each([
    ['plain HTTP', () => listen(createServer())],
    ['TLS with a certificate of whomever', serveTls],
  ])('given a process that serves %s, then it is healthy while it is ready', async (_, serve) => {
    const env = await serve();
    status = 200;
    expect(await askReadiness(env)).toBe(true);
    status = 503;
    expect(await askReadiness(env)).toBe(false);
  });

  it('is a program: it exits with 0 when the process is ready, with 1 when it is not', async () => {
    const env = await listen(createServer());
    const run = async (): Promise<unknown> => {
      const program = spawn(process.execPath, [join(import.meta.dirname, 'ask-readiness.ts')], { env });
      return (await once(program, 'exit'))[0];
    };
    status = 200;
    expect(await run()).toBe(0);
    status = 503;
    expect(await run()).toBe(1);
  });

  it('given nobody who listens, then it is not healthy', async () => {
    expect(await askReadiness({ WAYBILL_PROBE_LISTEN: `127.0.0.1:${await freePort()}` })).toBe(false);
  });
});
