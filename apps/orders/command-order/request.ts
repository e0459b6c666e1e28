import { hash } from 'node:crypto';
import { z } from 'zod';
import { orderId } from '#libs/grpc/request-fields.js';

const MAX_WAIT_MS = 30_000;

/** What every command names: its order, and how long to wait for the decision. */
export const commandRequest = z.object({ id: orderId, waitMs: z.int().min(0).max(MAX_WAIT_MS) });

/** How long to wait is no part of what is asked. */
export function fingerprintOf(...asked: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(asked), 'base64url');
}
