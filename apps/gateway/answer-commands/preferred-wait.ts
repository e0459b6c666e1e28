const MAX_WAIT_S = 30;
/** One preference of the list: `wait=10`, in any case, with spaces and parameters where RFC 7240 allows them. */
const WAIT = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i;

/** How many seconds a Prefer header wants to wait, 30 at most. What we do not understand of it is no error (RFC 7240, 2). */
export function preferredWaitS(header: string | undefined): number {
  return Math.min(Number(WAIT.exec(header ?? '')?.[1] ?? 0), MAX_WAIT_S);
}
