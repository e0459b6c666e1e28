/**
 * `notRun`: the names of tests that need what this machine lacks, such as keys of a real provider.
 * @typedef {{ kind: string, passed: number, failed: number, seconds: number, notRun?: string[] }} Row
 */

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

/** Nothing is passed over in silence. @param {Row[]} rows */
export function notRun(rows) {
  const names = rows.flatMap(({ notRun = [] }) => notRun);
  return names.length === 0 ? '' : ['not run, for this machine lacks what they need:', ...names].join('\n  · ');
}
