import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { testIdentities, type TestIdentities } from '#libs/testing/test-identities.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { edgeAdapter } from './edge-adapter.js';
import { tlsOf } from './follow-certificate.js';

const ASK = 'GET /healthz HTTP/1.1\r\nhost: waybill\r\n\r\n';

let ours: TestIdentities;
let files: { ca: string; cert: string; key: string };
let gateway: RunningGateway;

beforeAll(async () => {
  ours = await testIdentities();
  files = await ours.issue('gateway');
  gateway = await runGateway({
    WAYBILL_HTTP_TLS_CERT: files.cert,
    WAYBILL_HTTP_TLS_KEY: files.key,
    WAYBILL_HTTP_TLS_REFRESH: '50ms',
  });
});
afterAll(async () => {
  await gateway.stop();
  await ours.remove();
});

async function open(maxVersion: 'TLSv1.1' | 'TLSv1.3' = 'TLSv1.3'): Promise<TLSSocket> {
  const { ca } = ours.authority;
  const socket = connect({ port: gateway.port, host: '127.0.0.1', ca, maxVersion, minVersion: 'TLSv1' });
  await once(socket, 'secureConnect');
  return socket;
}

/** The status, and what its connection was served with. */
async function ask(socket: TLSSocket): Promise<{ status: string; serial: string }> {
  socket.write(ASK);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return { status: answer.toString().slice(0, 15), serial: socket.getPeerCertificate().serialNumber };
}

async function askAnew(): Promise<{ status: string; serial: string }> {
  const socket = await open();
  return ask(socket).finally(() => socket.destroy());
}

describe('the API with a certificate', () => {
  it('is served over TLS, and verified by its authority', async () => {
    expect((await askAnew()).status).toBe('HTTP/1.1 200 OK');
  });

  it('is not served in plaintext, nor by a TLS that is out of date', async () => {
    const plain = connectPlain(gateway.port, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write(ASK);
    expect(await text(plain).catch(() => '')).toBe('');
    await expect(open('TLSv1.1')).rejects.toThrow();
    expect((await askAnew()).status).toBe('HTTP/1.1 200 OK');
  });

  it('given a newer certificate, then new connections get it, and those that are open go on', async () => {
    const open1 = await open();
    const before = await ask(open1);
    await ours.issue('gateway');
    await eventually(async () => (await askAnew()).serial !== before.serial);
    expect(await ask(open1)).toEqual(before);
    open1.destroy();
  });

  it('given a certificate without its key, or no certificate, then it goes on with what it has', async () => {
    const { serial } = await askAnew();
    const { certificate } = await ours.authority.issue('gateway');
    for (const content of [certificate, 'nothing']) {
      await writeFile(files.cert, content);
      const until = Date.now() + 200;
      while (Date.now() < until) expect(await askAnew()).toEqual({ status: 'HTTP/1.1 200 OK', serial });
    }
    await ours.issue('gateway');
    await eventually(async () => (await askAnew()).serial !== serial);
  });
});

describe('a certificate that cannot be served', () => {
  it('keeps the gateway from starting, and says which variable to mend', async () => {
    const tls = (cert: string, key: string) => ({ requestTimeoutMs: 1, tls: { files: { cert, key }, refreshMs: 50 } });
    expect(() => edgeAdapter(tls('/none.pem', files.key))).toThrow(/WAYBILL_HTTP_TLS_CERT.*none\.pem/);
    const { key } = await ours.issue('orders');
    expect(() => edgeAdapter(tls(files.cert, key))).toThrow(/not that of the certificate/);
    expect(() => tlsOf({ WAYBILL_HTTP_TLS_CERT: files.cert } as Parameters<typeof tlsOf>[0])).toThrow(/or neither/);
  });
});
