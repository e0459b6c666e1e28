import type { FastifyInstance } from 'fastify';
import { bulkUpdate } from '#libs/contracts/http/operations.js';
import { answerBrokenConnection } from '../answer-problems/broken-connection.js';

/**
 * Ends what does not arrive in time. Node's own limit would be for every request alike: one of any number of lines takes as long as
 * its answers take to be read, and is given up when nothing comes (see bulk-update).
 */
export function refuseSlowSenders(fastify: FastifyInstance, withinMs: number): void {
  fastify.addHook('onRequest', ({ raw, routeOptions }, _reply, done) => {
    if (raw.complete === false && routeOptions.url !== bulkUpdate.path) {
      const late = Object.assign(new Error('the request took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      const timer = setTimeout(() => raw.complete || answerBrokenConnection(late, raw.socket), withinMs);
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}
