import type { BreakerPolicy, BulkheadPolicy, PolicyRow } from './policy.js';

const HEAD = ['caller', 'calls', 'within', 'repeated', 'breaker', 'bulkhead', 'in its place'] as const;

/** The table as Markdown, its columns as wide as they must be. */
export function policyTable(rows: readonly PolicyRow[]): string {
  const cells = rows.map((row) => [
    row.caller,
    `\`${row.dependency}.${row.method}\``,
    seconds(row.timeoutMs),
    row.retried ? 'yes' : '–',
    row.breaker ? breakerWords(row.breaker) : '–',
    row.bulkhead ? bulkheadWords(row.bulkhead) : '–',
    row.fallback ?? '–',
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function breakerWords({ failureShare, minCalls, openMs }: BreakerPolicy): string {
  return `${failureShare * 100} % of ${minCalls}, ${seconds(openMs)}`;
}

function bulkheadWords({ concurrent, queued }: BulkheadPolicy): string {
  return queued === 0 ? String(concurrent) : `${concurrent} + ${queued}`;
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}
