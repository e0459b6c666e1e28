import { connect } from 'node:net';
import fc from 'fast-check';

/** Bytes that are no HTTP request, or one that two readers would read differently. */
export interface Frame {
  readonly fault: string;
  readonly bytes: Buffer;
}

const HOST = 'Host: x\r\n';
const line = (text: string): Buffer => Buffer.from(text, 'latin1');
const frame = (fault: string, arbitrary: fc.Arbitrary<Buffer>): fc.Arbitrary<Frame> =>
  arbitrary.map((bytes) => ({ fault, bytes }));
const word = fc.stringMatching(/^[A-Za-z]{1,20}$/);

export const malformedFrames: fc.Arbitrary<Frame> = fc.oneof(
  frame(
    'any bytes',
    fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((bytes) => Buffer.concat([bytes, line('\r\n\r\n')])),
  ),
  frame(
    'an unknown method',
    word.map((method) => line(`${method} /v1/orders HTTP/1.1\r\n${HOST}\r\n`)),
  ),
  frame(
    'no version',
    word.map((path) => line(`GET /${path}\r\n${HOST}\r\n`)),
  ),
  frame(
    'a version that is none',
    fc.integer({ min: 2, max: 99 }).map((version) => line(`GET / HTTP/${version}.7\r\n${HOST}\r\n`)),
  ),
  frame(
    'headers too large',
    fc
      .integer({ min: 17_000, max: 60_000 })
      .map((size) => line(`GET / HTTP/1.1\r\n${HOST}X: ${'y'.repeat(size)}\r\n\r\n`)),
  ),
  frame(
    'a header without a colon',
    word.map((name) => line(`GET / HTTP/1.1\r\n${HOST}${name}\r\n\r\n`)),
  ),
  frame(
    'a header with NUL',
    word.map((name) => line(`GET / HTTP/1.1\r\n${HOST}${name}: a\0b\r\n\r\n`)),
  ),
  frame(
    'two lengths',
    fc
      .integer({ min: 0, max: 50 })
      .map((length) =>
        line(`POST /v1/orders HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\nContent-Length: ${length + 1}\r\n\r\n{}`),
      ),
  ),
  frame(
    'length and chunks',
    fc
      .integer({ min: 0, max: 50 })
      .map((length) =>
        line(
          `POST /v1/orders HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        ),
      ),
  ),
  frame(
    'a length that is none',
    fc
      .constantFrom('-1', '1e3', '0x10', '99999999999999999999', '1 2')
      .map((length) => line(`POST /v1/orders HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n\r\n{}`)),
  ),
  frame(
    'chunks that are none',
    fc
      .constantFrom('zz', '-1', 'fffffffffffffffff', '5;a=b')
      .map((size) =>
        line(
          `POST /v1/orders HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nxx\r\n0\r\n\r\n`,
        ),
      ),
  ),
  frame(
    'a coding that is unknown',
    word.map((coding) => line(`POST /v1/orders HTTP/1.1\r\n${HOST}Transfer-Encoding: ${coding}\r\n\r\n{}`)),
  ),
  frame(
    'TLS on a plain port',
    fc
      .uint8Array({ minLength: 20, maxLength: 200 })
      .map((bytes) => Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0]), bytes])),
  ),
  frame('HTTP/2 without having asked', fc.constant(line('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))),
);

const PATIENCE_MS = 15_000;

/** Sends it on a connection of its own. @returns the status that was answered; 0 when the connection was only ended */
export function sendFrame(url: string, { bytes }: Frame): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    let answer = '';
    socket.setTimeout(PATIENCE_MS, () =>
      socket.destroy(
        new Error(`no answer within ${PATIENCE_MS} ms to ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`),
      ),
    );
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === undefined ? reject(error) : resolve(statusOf(answer)),
    );
    socket.once('close', () => resolve(statusOf(answer)));
  });
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}
