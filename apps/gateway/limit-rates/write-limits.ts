import type { FastifyReply } from 'fastify';
import type { Level } from './token-bucket.js';

/**
 * Tells what is left, in the fields of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` the quota `q` in its window of
 * `w` seconds, `RateLimit` what remains of it (`r`) and when all of it is there again (`t`).
 */
export function writeLimits(reply: FastifyReply, levels: readonly Level[]): void {
  append(
    reply,
    'ratelimit-policy',
    levels.map(({ policy, rate }) => `"${policy}";q=${rate.burst};w=${Math.ceil(rate.burst / rate.perSecond)}`),
  );
  append(
    reply,
    'ratelimit',
    levels.map(({ policy, remaining, fullInMs }) => `"${policy}";r=${remaining};t=${Math.ceil(fullInMs / 1_000)}`),
  );
}

function append(reply: FastifyReply, name: string, items: readonly string[]): void {
  const before = reply.getHeader(name);
  reply.header(name, [...(before === undefined ? [] : [String(before)]), ...items].join(', '));
}
