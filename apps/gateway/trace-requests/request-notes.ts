import type { FastifyRequest } from 'fastify';
import type { ErrorCode } from '#libs/contracts/errors.js';

/** What the request's log line tells besides method, route, status and time. Never names, tokens or bodies. */
export interface RequestNotes {
  orderId?: string;
  code?: ErrorCode;
}

const notes = new WeakMap<object, RequestNotes>();

export function notesOf({ raw }: Pick<FastifyRequest, 'raw'>): RequestNotes {
  const known = notes.get(raw) ?? {};
  notes.set(raw, known);
  return known;
}
