import { readFileSync } from 'node:fs';
import { connect as connectTo, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { sql } from 'kysely';
import { openDatabase } from '#libs/persistence/database.js';
import type { IdentityFiles } from '#libs/security/identity-folder.js';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { testIdentities, type TestIdentities } from '#libs/testing/test-identities.js';
import { brokerTls } from './broker-tls.js';

let ours: TestIdentities;
let theirs: TestIdentities;
let engine: IdentityFiles;
let client: IdentityFiles;
let foreign: IdentityFiles;
const servers: Server[] = [];

beforeAll(async () => {
  [ours, theirs] = [await testIdentities(), await testIdentities()];
  [engine, client, foreign] = [
    await ours.issue('operations'),
    await ours.issue('orders'),
    await theirs.issue('orders'),
  ];
});

afterAll(async () => {
  for (const server of servers) server.close();
  await Promise.all([ours.remove(), theirs.remove()]);
});

afterEach(() => {
  for (const name of ['CA', 'CERT', 'KEY']) delete process.env[`WAYBILL_AMQP_TLS_${name}`];
});

/** An engine that takes TLS only, and only from whom it knows: the real one behind it. `greet` is what comes before TLS. */
async function behindTls(url: string, greet: (socket: Socket) => Promise<void>): Promise<string> {
  const { hostname, port } = new URL(url);
  const identity = { ca: readFileSync(engine.ca), cert: readFileSync(engine.cert), key: readFileSync(engine.key) };
  const tls = createTlsServer({ ...identity, requestCert: true, rejectUnauthorized: true }, (secured) => {
    const behind = connectTo(Number(port), hostname);
    behind.on('error', () => secured.destroy());
    secured.on('error', () => behind.destroy());
    secured.pipe(behind).pipe(secured);
  });
  tls.on('tlsClientError', () => undefined);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void greet(socket).then(() => tls.emit('connection', socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(new URL(url), {
    hostname: 'localhost',
    port: String((server.address() as AddressInfo).port),
  }).toString();
}

describe('RabbitMQ behind TLS', () => {
  async function connectWith(files: Partial<IdentityFiles>): Promise<void> {
    const url = (await behindTls(engineUrl('rabbitmq'), async () => undefined)).replace(/^amqp:/, 'amqps:');
    for (const [name, file] of Object.entries(files)) process.env[`WAYBILL_AMQP_TLS_${name.toUpperCase()}`] = file;
    const model = await connect(url, { ...brokerTls(url), timeout: 3_000 });
    await model.close();
  }

  it('given its authority and a certificate that it knows, then there is a connection', async () => {
    await expect(connectWith(client)).resolves.toBeUndefined();
  });

  it('given another authority, then it is not believed', async () => {
    await expect(connectWith({ ...client, ca: foreign.ca })).rejects.toThrow();
  });

  it('given no certificate, or a foreign one, then it lets nobody in', async () => {
    await expect(connectWith({ ca: client.ca })).rejects.toThrow();
    await expect(connectWith({ ...foreign, ca: client.ca })).rejects.toThrow();
  });

  it('given half a pair, or a file that is not there, then it says which variable is wrong', () => {
    process.env['WAYBILL_AMQP_TLS_CERT'] = client.cert;
    expect(() => brokerTls('amqps://broker')).toThrow('WAYBILL_AMQP_TLS_KEY');
    process.env['WAYBILL_AMQP_TLS_KEY'] = '/nowhere/key.pem';
    expect(() => brokerTls('amqps://broker')).toThrow('WAYBILL_AMQP_TLS_KEY');
    expect(brokerTls('amqp://broker')).toEqual({});
  });
});

describe('Postgres behind TLS', () => {
  /** Its clients ask for TLS first, and are told that it is there. */
  const agree = (socket: Socket): Promise<void> =>
    new Promise((resolve) =>
      socket.once('data', () => {
        socket.pause();
        socket.write('S', () => resolve());
      }),
    );

  async function askWith(files: Partial<IdentityFiles>): Promise<unknown> {
    const url = new URL(await behindTls(engineUrl('postgres'), agree));
    const { ca = '', cert, key } = files;
    url.search = new URLSearchParams({
      sslmode: 'verify-full',
      sslrootcert: ca,
      ...(cert !== undefined && key !== undefined && { sslcert: cert, sslkey: key }),
    }).toString();
    const db = openDatabase({ url: url.toString(), pool: 1, name: 'tls-test' });
    return sql`select 1 as it`
      .execute(db)
      .then(({ rows }) => rows)
      .finally(() => db.destroy());
  }

  it('given its authority and a certificate that it knows, then it answers', async () => {
    await expect(askWith(client)).resolves.toEqual([{ it: 1 }]);
  });

  it('given another authority, then it is not believed', async () => {
    await expect(askWith({ ...client, ca: foreign.ca })).rejects.toThrow(/certificate|self.signed|signature/);
  });

  it('given no certificate, or a foreign one, then it lets nobody in', async () => {
    await expect(askWith({ ca: client.ca })).rejects.toThrow();
    await expect(askWith({ ...foreign, ca: client.ca })).rejects.toThrow();
  });
});
