import { hash } from 'node:crypto';
import { bulkLine, type BulkLine } from '#libs/contracts/http/bulk.js';
import type { ErrorCode } from '#libs/contracts/errors.js';
import type { BulkUpdateOrdersRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { readJson } from '../serve-operations/read-json.js';
import type { RawLine } from './split-lines.js';

const MAX_ID_LENGTH = 100;

/** A line that orders is asked about, or one that is refused here. */
export type ReadLine = { readonly id: string | null } & (
  { readonly request: BulkUpdateOrdersRequest } | { readonly refused: ErrorCode }
);

export function readBulkLine(raw: RawLine): ReadLine {
  if (raw === undefined) return { id: null, refused: 'TOO_LARGE' };
  const value = jsonOf(raw);
  const { success, data } = bulkLine.safeParse(value);
  return success ? { id: data.id, request: requestOf(data) } : { id: idOf(value), refused: 'INVALID_REQUEST' };
}

function jsonOf(raw: Uint8Array): unknown {
  try {
    return readJson(raw);
  } catch (error) {
    if (isWaybillError(error)) return undefined;
    throw error;
  }
}

function idOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('id' in value)) return null;
  return typeof value.id === 'string' ? value.id.slice(0, MAX_ID_LENGTH) : null;
}

function requestOf(line: BulkLine): BulkUpdateOrdersRequest {
  const { id, op, changes } = line;
  const asked = { id, key: line.key ?? defaultKey(line) };
  if (op === 'cancel') return { ...asked, cancel: { reason: changes?.reason ?? '' } };
  const { items = [], shippingAddress } = changes;
  return { ...asked, amend: { items, shippingAddress, ifVersion: line.ifVersion ?? 0 } };
}

/** The same line is the same command, in whichever request it comes. */
function defaultKey(line: BulkLine): string {
  const ifVersion = line.op === 'amend' ? (line.ifVersion ?? null) : null;
  return `bulk-${hash('sha256', JSON.stringify([line.id, line.op, line.changes ?? null, ifVersion]), 'base64url')}`;
}
