import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ALL_ZERO = /^0+$/;

/**
 * The W3C `traceparent` of a request's own span: in the caller's trace where it sent a valid one, else in a new one.
 * It is the request's id, and travels on to every service behind the edge.
 */
export function continueTrace(headers: IncomingHttpHeaders): string {
  const { traceparent } = headers;
  const [, traceId = '', parentId = '', flags] =
    typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent) ?? []) : [];
  const valid = flags !== undefined && !ALL_ZERO.test(traceId) && !ALL_ZERO.test(parentId);
  return `00-${valid ? traceId : hex(16)}-${hex(8)}-${valid ? flags : '01'}`;
}

export function traceIdOf(traceparent: string): string {
  return traceparent.split('-')[1] ?? '';
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
