import { HttpException } from '@nestjs/common';
import type { Socket } from 'node:net';
import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';
import { PROBLEM_MEDIA_TYPE } from '#libs/contracts/http/problem.js';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import { newTrace, traceIdOf } from '../trace-requests/traceparent.js';
import { answerOf } from './problem.js';

const refused = counter(
  'waybill_http_refused_connections_total',
  'Connections ended before they carried a whole request',
  ['code'],
);

/** Node's names for what is wrong with a request that never became one. Anything else is not HTTP. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'TOO_LARGE',
  CONNECT: 'METHOD_NOT_ALLOWED',
};

/** Answers, with a problem document all the same, what is not a whole HTTP request: then the connection ends. */
export function answerBrokenConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { http } = ERROR_RULES[CODES[error.code ?? ''] ?? 'INVALID_REQUEST'];
  const traceparent = newTrace();
  const traceId = traceIdOf(traceparent);
  const { problem } = answerOf(new HttpException(error.message, http), { instance: '/', traceId });
  refused.inc({ code: problem.code });
  logger().info({ traceId, code: problem.code, reason: error.code }, 'a connection carried no whole request');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `traceparent: ${traceparent}`,
    `x-request-id: ${traceId}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
