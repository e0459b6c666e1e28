import { z } from 'zod';
import { orderId } from './fields.js';

/** 1 to 255 visible ASCII characters: it travels as a header of every call behind the edge. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .meta({
    description:
      'Chosen by the client, one per intent: a repeat with the same key and body gets the same answer and has no second effect.',
  });

export const readers = { kind: 'token', scopes: ['orders:read', 'ops'] } as const;
export const writers = { kind: 'token', scopes: ['orders:write', 'ops'] } as const;
export const anyToken = { kind: 'token', scopes: [] } as const;
export const orderParams = z.strictObject({ id: orderId });
