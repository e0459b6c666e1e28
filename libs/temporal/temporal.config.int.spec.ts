import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NativeConnection } from '@temporalio/worker';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { openAuthority, type Credentials } from '#libs/security/authority.js';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { connectionOptions, temporalConfig } from './temporal.config.js';

let folder: string;
let server: Server;
let mine: Credentials;

/** A Temporal that takes TLS only, and only from whom it knows: the real one behind it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-temporal-tls-'));
  const authority = await openAuthority(join(folder, 'authority'));
  const theirs = await authority.issue('orders');
  mine = await authority.issue('fulfilment');
  await Promise.all(
    Object.entries({ ca: mine.ca, cert: mine.certificate, key: mine.key }).map(([name, pem]) =>
      writeFile(join(folder, name), pem),
    ),
  );
  const [host = '', port = ''] = engineUrl('temporal').split(':');
  const own = { ca: theirs.ca, cert: theirs.certificate, key: theirs.key };
  server = createServer({ ...own, requestCert: true, ALPNProtocols: ['h2'] }, (socket) => {
    const behind = connect(Number(port), host);
    socket.pipe(behind).pipe(socket);
    for (const [each, other] of [
      [socket, behind],
      [behind, socket],
    ] as const)
      each.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function namespaces(...given: ('CA' | 'CERT' | 'KEY')[]): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const files = given.map((part) => [`WAYBILL_TEMPORAL_TLS_${part}`, join(folder, part.toLowerCase())]);
  const config = temporalConfig.parse({
    WAYBILL_TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    WAYBILL_TEMPORAL_TLS_SERVER_NAME: 'orders',
    ...Object.fromEntries(files),
  });
  const connection = await NativeConnection.connect(connectionOptions(config));
  try {
    return (await connection.workflowService.listNamespaces({})).namespaces.length;
  } finally {
    await connection.close();
  }
}

describe('a Temporal that takes TLS only', () => {
  it('is reached with a certificate that it knows, and by the authority that has signed its own', async () => {
    expect(await namespaces('CA', 'CERT', 'KEY')).toBeGreaterThan(0);
  });

  it('is not taken for one whose certificate nobody knows, and takes nobody without one', async () => {
    await expect(namespaces('CERT', 'KEY')).rejects.toThrow();
    await expect(namespaces('CA')).rejects.toThrow();
  });
});
