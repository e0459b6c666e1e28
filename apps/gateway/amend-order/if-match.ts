import { WaybillError } from '#libs/kernel/errors.js';

const ETAG = /^"(\d{1,9})"$/;

/**
 * The version that an If-Match header names, 0 for `*`: any. Of a list, the newest. Tags compare strongly here (RFC 9110,
 * 13.1.1): one that we never gave, a weak one too, names no version of the order.
 * @throws WaybillError IF_MATCH_MISSING, VERSION_MISMATCH
 */
export function versionSeen(header: string | undefined): number {
  if (header === undefined || header.trim() === '')
    throw new WaybillError('IF_MATCH_MISSING', 'Send the ETag of the order as you have seen it in If-Match.');
  if (header.trim() === '*') return 0;
  const versions = header.split(',').map((tag) => Number(ETAG.exec(tag.trim())?.[1] ?? 0));
  const newest = Math.max(...versions);
  if (newest > 0) return newest;
  throw new WaybillError('VERSION_MISMATCH', 'If-Match names no version of the order: send its ETag as it was given.');
}
