import type { FastifyRequest } from 'fastify';
import type { ErrorCode } from '#libs/contracts/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Caller } from '#libs/security/tokens.js';

/** What the request's log line tells besides method, route, status and time. Never names, tokens or bodies. */
export interface RequestNotes {
  orderId?: string;
  code?: ErrorCode;
  /** Whose token it carries. Not logged. */
  caller?: Caller;
}

const notes = new WeakMap<object, RequestNotes>();

export function notesOf({ raw }: Pick<FastifyRequest, 'raw'>): RequestNotes {
  const known = notes.get(raw) ?? {};
  notes.set(raw, known);
  return known;
}

/** @throws WaybillError UNAUTHENTICATED on a route that asks for no token */
export function callerOf(request: Pick<FastifyRequest, 'raw'>): Caller {
  const { caller } = notesOf(request);
  if (caller === undefined) throw new WaybillError('UNAUTHENTICATED', 'Send a token.');
  return caller;
}
