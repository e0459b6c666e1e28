import { z } from 'zod';
import { WaybillError } from '#libs/kernel/errors.js';

const position = z.tuple([z.string().max(64), z.string().max(64)]);

interface Position {
  readonly sku: string;
  readonly warehouse: string;
}

/** Where a page ended, as an opaque string. */
export function encodeCursor({ sku, warehouse }: Position): string {
  return Buffer.from(JSON.stringify([sku, warehouse])).toString('base64url');
}

/** @throws WaybillError INVALID_REQUEST when the text was not made by `encodeCursor`. */
export function decodeCursor(cursor: string): Position | undefined {
  if (cursor === '') return undefined;
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success) throw new WaybillError('INVALID_REQUEST', 'cursor: take the nextCursor of the page before');
  const [sku, warehouse] = parsed.data;
  return { sku, warehouse };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
