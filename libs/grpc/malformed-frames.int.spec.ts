import { connect as connectHttp2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthImplementation } from 'grpc-health-check';
import {
  CustomerServiceService,
  GetContactRequest,
  type Contact,
} from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { eventually } from '#libs/testing/eventually.js';
import { freePort } from '#libs/testing/free-port.js';
import { GrpcErrorFilter } from './error.filter.js';
import { grpcTransport } from './server.js';
import { useIdentity } from './tls/own-identity.js';

const MIB = 1024 * 1024;
const METHOD = '/waybill.customers.v1.CustomerService/GetContact';
let served: string[] = [];

@Controller()
class ContactController {
  @GrpcMethod('CustomerService', 'getContact')
  getContact({ customerId }: GetContactRequest): Contact {
    served.push(customerId);
    return { customerId, name: 'Ada', email: 'ada@example.com', wantsOrderMail: true };
  }
}

@Module({ controllers: [ContactController] })
class ContactModule {}

let app: INestApplication;
let port: number;
let session: ClientHttp2Session;

beforeAll(async () => {
  useIdentity(null);
  port = await freePort();
  app = await NestFactory.create(ContactModule, new FastifyAdapter(), { logger: false });
  const services = { 'waybill.customers.v1.CustomerService': CustomerServiceService };
  const health = new HealthImplementation({ '': 'SERVING' });
  const microservice = app.connectMicroservice(grpcTransport(`127.0.0.1:${port}`, services, health), {
    deferInitialization: true,
  });
  microservice.useGlobalFilters(new GrpcErrorFilter());
  await app.startAllMicroservices();
});
afterAll(() => app.close());

beforeEach(() => {
  served = [];
  session = open();
});
afterEach(() => session.destroy());

function open(): ClientHttp2Session {
  const opened = connectHttp2(`http://127.0.0.1:${port}`);
  opened.on('error', () => undefined);
  return opened;
}

interface Answer {
  readonly http: number | undefined;
  readonly grpc: number | undefined;
}

/** What is answered to these bytes as the whole body of a call. */
async function call(body: Buffer, headers: OutgoingHttpHeaders = {}, through = session): Promise<Answer> {
  const stream = through.request({
    ':method': 'POST',
    ':path': METHOD,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const told: OutgoingHttpHeaders = {};
  stream.on('response', (head) => void Object.assign(told, head));
  stream.on('trailers', (trailers) => void Object.assign(told, trailers));
  stream.on('error', () => undefined).resume();
  stream.end(body);
  await new Promise((resolve) => stream.once('close', resolve));
  const grpc = told['grpc-status'];
  return { http: told[':status'] as number | undefined, grpc: grpc === undefined ? undefined : Number(grpc) };
}

/** A message as gRPC frames it. */
function frame(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

const GOOD = frame(GetContactRequest.encode({ customerId: 'c-1' }).finish());
const GZIP = { 'grpc-encoding': 'gzip' };

async function expectWell(): Promise<void> {
  const fresh = open();
  expect(await call(GOOD, {}, fresh)).toEqual({ http: 200, grpc: status.OK });
  fresh.destroy();
}

describe('a service that is sent what is no call', () => {
  const malformed: readonly (readonly [string, status, Buffer, OutgoingHttpHeaders])[] = [
    ['a length of 4 GiB', status.RESOURCE_EXHAUSTED, frame(Buffer.from('abc'), { length: 0xffff_ffff }), {}],
    ['a message over 1 MiB', status.RESOURCE_EXHAUSTED, frame(Buffer.alloc(MIB + 1)), {}],
    ['a message that ends too early', status.UNIMPLEMENTED, frame(Buffer.from('abc'), { length: 100 }), {}],
    ['half a prefix', status.UNIMPLEMENTED, Buffer.from([0, 0, 0]), {}],
    ['no message', status.UNIMPLEMENTED, Buffer.alloc(0), {}],
    ['two messages where one is due', status.UNIMPLEMENTED, Buffer.concat([GOOD, GOOD]), {}],
    ['bytes that are no protobuf', status.INTERNAL, frame(Buffer.alloc(40, 0xff)), {}],
    ['a field longer than its message', status.INTERNAL, frame(Buffer.from([0x0a, 0x7f, 0x41])), {}],
    ['a flag that there is not', status.INTERNAL, frame(Buffer.from('abc'), { flag: 7 }), {}],
    ['compressed, without saying how', status.INTERNAL, frame(gzipSync(GOOD.subarray(5)), { flag: 1 }), {}],
    [
      'compressed in a way that is not known',
      status.UNIMPLEMENTED,
      frame(Buffer.from('abc'), { flag: 1 }),
      { 'grpc-encoding': 'br' },
    ],
    ['gzip that is none', status.INTERNAL, frame(Buffer.from('not gzip'), { flag: 1 }), GZIP],
    ['a bomb: 64 MiB as 64 KiB', status.RESOURCE_EXHAUSTED, frame(gzipSync(Buffer.alloc(64 * MIB)), { flag: 1 }), GZIP],
  ];

  it.each(malformed)('answers %s with status %i, and is well', async (_, code, body, headers) => {
    const before = process.memoryUsage().rss;
    expect((await call(body, headers)).grpc).toBe(code);
    expect(served).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * MIB);
    await expectWell();
  });

  it('keeps no memory for what a thousand prefixes promise', async () => {
    const before = process.memoryUsage().rss;
    const promised = frame(Buffer.from('abc'), { length: MIB });
    const sessions = Array.from({ length: 10 }, open);
    await Promise.all(sessions.flatMap((through) => Array.from({ length: 100 }, () => call(promised, {}, through))));
    for (const opened of sessions) opened.destroy();
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
    expect(served).toEqual([]);
    await expectWell();
  });

  it.each<readonly [string, OutgoingHttpHeaders]>([
    ['JSON', { 'content-type': 'application/json' }],
    ['a method that there is not', { ':path': '/a/b' }],
    ['a deadline that is none', { 'grpc-timeout': 'soon' }],
    ['metadata of 64 KiB', { 'x-long': 'x'.repeat(64 * 1024) }],
  ])('refuses %s, and is well', async (_, headers) => {
    const { http, grpc } = await call(GOOD, headers);
    expect([http, grpc]).not.toEqual([200, status.OK]);
    expect(served).toEqual([]);
    await expectWell();
  });

  it.each<readonly [string, string | Buffer]>([
    ['HTTP/1.1', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc])],
    ['zeros', Buffer.alloc(10_000)],
    [
      'a preface and a frame of 16 MiB',
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\x00\x00\0\0\0\x01', 'latin1'),
    ],
    [
      'a preface and frames of no kind',
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(9_000, 0x2a)]),
    ],
  ])('ends a connection that carries %s, and is well', async (_, bytes) => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.end(bytes);
    await text(socket).catch(() => '');
    await eventually(() => socket.destroyed);
    expect(served).toEqual([]);
    await expectWell();
  });

  it('is well when calls are begun and taken back at once, again and again', async () => {
    for (let taken = 0; taken < 3_000 && !session.destroyed; taken += 1)
      session
        .request({ ':method': 'POST', ':path': METHOD, 'content-type': 'application/grpc' })
        .on('error', () => undefined)
        .close(8);
    await expectWell();
  });
});
