import { z } from 'zod';
import { orderId, pageRequest } from '#libs/grpc/request-fields.js';

const MAX_LINES = 100;
const MAX_QUANTITY = 1_000;
/** Far above any real count, and so that five of them still fit the columns. */
const MAX_COUNT = 100_000_000;
const PAGE = 100;
const MAX_PAGE = 500;

/** Text that Postgres can store: no control characters, NUL among them. */
const name = z.string().regex(/^[\x20-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters');
const line = z.object({ sku: name, quantity: z.int().min(1).max(MAX_QUANTITY) });

export const linesRequest = z.object({
  orderId,
  lines: z
    .array(line)
    .min(1)
    .max(MAX_LINES)
    .refine((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, 'each SKU may occur once'),
});

export const amendRequest = linesRequest.extend({ commandId: z.string().min(1).max(255) });

export const listRequest = pageRequest(PAGE, MAX_PAGE).extend({ skus: z.array(name).max(MAX_PAGE) });

export const stockCount = z.object({ sku: name, warehouse: name, available: z.int().min(0).max(MAX_COUNT) });
