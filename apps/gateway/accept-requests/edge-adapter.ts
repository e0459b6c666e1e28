import type { IncomingMessage } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WaybillError } from '#libs/kernel/errors.js';
import type { GatewayConfig } from '../gateway.config.js';
import { answerBrokenConnection } from '../answer-problems/broken-connection.js';
import { sendProblem } from '../answer-problems/send-problem.js';
import { observeRequests } from '../trace-requests/observe-requests.js';
import { continueTrace } from '../trace-requests/traceparent.js';
import { followCertificate, secureContext, tlsOf, type EdgeTls } from './follow-certificate.js';
import { connectionLimits, limitConnections, type ConnectionLimits } from './limit-connections.js';
import { RouteTable } from './route-table.js';
import { refuseSlowSenders } from './slow-senders.js';

const BODY_LIMIT_BYTES = 256 * 1024;
const HEADERS_LIMIT_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
/** How soon after its time a slow sender is cut off. */
const TIMEOUT_CHECK_MS = 500;

export interface EdgeLimits {
  /** A request, headers and body, has to arrive within this time. */
  readonly requestTimeoutMs: number;
  /** Proxies whose word on where a request came from is believed. */
  readonly trustedProxies?: string | undefined;
  /** Without them as many connections are kept open as come. */
  readonly connections?: ConnectionLimits | undefined;
  /** Without it: plain HTTP. */
  readonly tls?: EdgeTls | undefined;
}

export function edgeLimits(config: GatewayConfig): EdgeLimits {
  return {
    requestTimeoutMs: config.WAYBILL_REQUEST_TIMEOUT_MS,
    trustedProxies: config.WAYBILL_TRUSTED_PROXIES,
    connections: connectionLimits(config),
    tls: tlsOf(config),
  };
}

/**
 * Fastify with the edge's limits on time, size and kind of what it reads. Bodies reach the handlers as the bytes that came:
 * who is not allowed is refused before anything is parsed, and signatures are checked over what was sent.
 */
export function edgeAdapter(limits: EdgeLimits): FastifyAdapter {
  const adapter = new EdgeAdapter(fastifyOptions(limits));
  const fastify = adapter.getInstance();
  // Node leaves out what is beyond, silently: one more is let in, to be noticed.
  fastify.server.maxHeadersCount = MAX_HEADERS + 1;
  // A tunnel is asked for before there is a request: it is refused like one.
  fastify.server.on('connect', (_request, socket: Socket) =>
    answerBrokenConnection(Object.assign(new Error('no tunnels'), { code: 'CONNECT' }), socket),
  );
  // An expectation that is not known is no reason to refuse a request.
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));
  RouteTable.collect(fastify);
  observeRequests(fastify);
  fastify.addHook('onRequest', ({ raw }, _reply, done) =>
    done(raw.rawHeaders.length > 2 * MAX_HEADERS ? TOO_MANY_HEADERS() : undefined),
  );
  if (limits.connections) limitConnections(fastify.server, limits.connections);
  refuseSlowSenders(fastify, limits.requestTimeoutMs);
  if (limits.tls && fastify.server instanceof TlsServer) followCertificate(fastify.server, limits.tls);
  return adapter;
}

function fastifyOptions({ requestTimeoutMs, trustedProxies, tls }: EdgeLimits) {
  const http = {
    maxHeaderSize: HEADERS_LIMIT_BYTES,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  };
  return {
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustedProxies ?? false,
    return503OnClosing: false,
    // What is too long for an id or a SKU is its handler's to refuse.
    routerOptions: { maxParamLength: HEADERS_LIMIT_BYTES },
    // See slow-senders.
    requestTimeout: 0,
    ...(tls ? { https: { ...http, handshakeTimeout: requestTimeoutMs, ...secureContext(tls) } } : { http }),
    genReqId: continueTrace,
    frameworkErrors: sendProblem,
    clientErrorHandler: answerBrokenConnection,
  };
}

const TOO_MANY_HEADERS = () => new WaybillError('HEADERS_TOO_LARGE', `Send at most ${MAX_HEADERS} headers.`);
const ENCODED = () =>
  new WaybillError('UNSUPPORTED_MEDIA_TYPE', 'Send the body uncompressed: no Content-Encoding is supported.');

class EdgeAdapter extends FastifyAdapter {
  /** JSON alone is accepted, and left unparsed. */
  override registerParserMiddleware(): void {
    const fastify = this.getInstance();
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      if (isEncoded(request.raw)) done(ENCODED());
      else done(null, body);
    });
    // Lines of any number: whoever serves them reads them as they come.
    fastify.addContentTypeParser('application/x-ndjson', (request, lines, done) => {
      if (isEncoded(request.raw)) done(ENCODED());
      else done(null, lines);
    });
  }
}

function isEncoded({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding.toLowerCase() !== 'identity';
}
