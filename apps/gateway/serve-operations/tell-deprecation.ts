import type { FastifyReply } from 'fastify';
import type { Operation } from '#libs/contracts/http/operation.js';

/** Tells with every answer that a route will go: since when it should not be used (RFC 9745), until when it is served (RFC 8594), what to use instead. */
export function tellDeprecation(
  { deprecation }: Pick<Operation, 'deprecation'>,
  reply: Pick<FastifyReply, 'headers'>,
): void {
  if (deprecation === undefined) return;
  reply.headers({
    deprecation: `@${Date.parse(deprecation.since) / 1_000}`,
    sunset: new Date(deprecation.sunset).toUTCString(),
    link: `<${deprecation.link}>; rel="deprecation"`,
  });
}
