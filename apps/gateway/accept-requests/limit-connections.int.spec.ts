import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { testIdentities } from '#libs/testing/test-identities.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';

const MOST = 5;
const LIMITED = { WAYBILL_RATE_LIMIT: 'on', WAYBILL_CONNECTIONS_PER_ADDRESS: String(MOST) };
const ASK = 'GET /healthz HTTP/1.1\r\nhost: waybill\r\n\r\n';

let gateway: RunningGateway;
let sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await gateway.stop();
});

/** From another address of this machine, where `from` names one. */
async function open(from = '127.0.0.1'): Promise<Socket> {
  const socket = connectPlain({ port: gateway.port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined); // closed as it came
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

function statusOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (answer) => resolve(String(answer).slice(9, 12)));
    socket.once('close', () => resolve('closed'));
    if (socket.closed) resolve('closed');
    else socket.write(ASK);
  });
}

const fill = (from?: string) => Promise.all(Array.from({ length: MOST }, () => open(from)));

describe('an address that holds as many connections as it may', () => {
  it('is given no other, keeps those that it has, and keeps nobody else out', async () => {
    gateway = await runGateway(LIMITED);
    const [first] = await fill();
    expect(await statusOf(await open())).toBe('closed');
    expect(first && (await statusOf(first))).toBe('200');
    const other = await open('127.0.0.2');
    expect(await statusOf(other)).toBe('200');
    const { body } = await gateway.inject({ url: '/metrics' });
    expect(body).toMatch(/waybill_connections_refused_total(\{[^}]*\})? [1-9]/);
  });

  it('gets another as soon as one of them is closed', async () => {
    gateway = await runGateway(LIMITED);
    const [first] = await fill();
    first?.destroy();
    await eventually(async () => expect(await statusOf(await open())).toBe('200'));
  });

  it('is refused before TLS, and served over it as before', async () => {
    const ours = await testIdentities();
    const { cert, key } = await ours.issue('gateway');
    gateway = await runGateway({ ...LIMITED, WAYBILL_HTTP_TLS_CERT: cert, WAYBILL_HTTP_TLS_KEY: key });
    const [first] = await fill();
    const refused = (await open()).resume();
    await eventually(() => expect(refused.closed).toBe(true), { withinMs: 1_000 });
    const { ca } = ours.authority;
    const secure = connectTls({ socket: first, ca, servername: 'gateway' });
    await once(secure, 'secureConnect');
    expect(await statusOf(secure)).toBe('200');
    await ours.remove();
  });

  it.each(['10.0.0.0/8,127.0.0.0/8', '10.0.0.0/255.0.0.0,127.0.0.0/255.255.255.0', '127.0.0.1'])(
    'may be a proxy that is trusted, as one of %s: it speaks for many',
    async (trusted) => {
      gateway = await runGateway({ ...LIMITED, WAYBILL_TRUSTED_PROXIES: trusted });
      await fill();
      expect(await statusOf(await open())).toBe('200');
    },
  );

  it('is one outside the networks of trusted proxies all the same', async () => {
    gateway = await runGateway({ ...LIMITED, WAYBILL_TRUSTED_PROXIES: '127.0.1.0/255.255.255.0' });
    await fill();
    expect(await statusOf(await open())).toBe('closed');
  });
});
