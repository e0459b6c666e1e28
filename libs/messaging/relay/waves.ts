/**
 * Splits a batch so that no subject has two messages in one wave, and each subject's messages keep their order across waves.
 * Sent wave by wave, a message follows only once the one before it of the same subject was confirmed: a queue that refuses
 * now and then never gets a later message of a subject before an earlier one.
 */
export function wavesBySubject<Row extends { readonly subject: string }>(rows: readonly Row[]): Row[][] {
  const waves: Row[][] = [];
  const depth = new Map<string, number>();
  for (const row of rows) {
    const place = depth.get(row.subject) ?? 0;
    depth.set(row.subject, place + 1);
    (waves[place] ??= []).push(row);
  }
  return waves;
}
