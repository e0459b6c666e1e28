/** Questions asked over the network that tell whether a server is ready, with Node's own means. */
import { connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';

/**
 * Does an AMQP broker answer? It is greeted with the protocol header and must reply with a method frame.
 * @param {string} host @param {number} port @returns {Promise<boolean>}
 */
export function amqpAnswers(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (/** @type {boolean} */ answer) => (socket.destroy(), resolve(answer));
    socket.setTimeout(2_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('data', (data) => done(data[0] === 1));
    socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1'));
  });
}

/**
 * Does a Temporal frontend know the namespace? Asks DescribeNamespace over plain gRPC.
 * @param {string} address @param {string} namespace @returns {Promise<boolean>}
 */
export function temporalAnswers(address, namespace) {
  const name = Buffer.from(namespace);
  const message = Buffer.concat([Buffer.from([0x0a, name.length]), name]); // field 1: the name
  return grpcSucceeds(address, '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace', message);
}

/** @param {string} address @param {string} path @param {Buffer} message @returns {Promise<boolean>} */
function grpcSucceeds(address, path, message) {
  return new Promise((resolve) => {
    const session = http2Connect(`http://${address}`);
    const done = (/** @type {boolean} */ answer) => (session.destroy(), resolve(answer));
    session.setTimeout(2_000, () => done(false));
    session.once('error', () => done(false));
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    const call = session.request(headers);
    call.once('error', () => done(false));
    call.once('response', (reply) => reply['grpc-status'] !== undefined && done(reply['grpc-status'] === '0'));
    call.once('trailers', (trailers) => done(trailers['grpc-status'] === '0'));
    call.resume();
    const head = Buffer.alloc(5); // not compressed, then the length
    head.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([head, message]));
  });
}

/** @param {string} host @param {number} port @returns {Promise<boolean>} does anybody accept connections there? */
export function accepts(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const done = (/** @type {boolean} */ answer) => (socket.destroy(), resolve(answer));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}
