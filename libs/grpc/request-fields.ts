import { z } from 'zod';
import type { OrderId } from '#libs/kernel/ids.js';

/** The same order whichever way its id is written: the id is part of keys and locks, here and at providers. */
export const orderId = z.uuid().transform((id) => id.toLowerCase() as OrderId);
export const orderRequest = z.object({ orderId });

const MAX_CURSOR = 512;

/** Which page of a list, and of what size; 0: `usual` rows. */
export function pageRequest(usual: number, most: number) {
  const limit = z
    .int()
    .min(0)
    .max(most)
    .transform((asked) => asked || usual);
  return z.object({ cursor: z.string().max(MAX_CURSOR), limit });
}

const MAX_WEBHOOK_BYTES = 256 * 1024;

/** What a provider sent, to the byte: its signature is over that. */
export const webhookRequest = z.object({
  body: z.instanceof(Uint8Array).refine(({ length }) => length <= MAX_WEBHOOK_BYTES, 'must be 256 KiB at most'),
  signature: z.string(),
});
