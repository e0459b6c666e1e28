/** True when an If-None-Match header names this ETag: `*`, or one of its list. Weak and strong compare alike here (RFC 9110, 13.1.2). */
export function namesVersion(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((entry) => entry.trim().replace(/^W\//, '') === etag);
}
