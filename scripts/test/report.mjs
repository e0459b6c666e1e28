/** @typedef {{ kind: string, passed: number, failed: number, seconds: number }} Row */

export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {Row[]} rows */
export function table(rows) {
  const lines = rows.map(({ kind, passed, failed, seconds }) =>
    [
      kind.padEnd(28),
      String(passed).padStart(7),
      String(failed).padStart(7),
      `${seconds.toFixed(1)} s`.padStart(9),
    ].join(' '),
  );
  return [['kind'.padEnd(28), ' passed', ' failed', '     time'].join(' '), ...lines].join('\n');
}
