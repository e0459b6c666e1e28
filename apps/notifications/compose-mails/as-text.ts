import { formatMoney } from '#libs/contracts/money.js';
import type { Letter, OrderedLines } from './letter.js';

const MAX_NAME = 40;

/** A letter as plain text, its lines in columns. */
export function asText({ headline, greeting, paragraphs, lines, facts, closing }: Letter): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  const parts = [
    `${headline}\n${'='.repeat(headline.length)}`,
    greeting,
    ...paragraphs,
    ...(lines === undefined ? [] : [table(lines)]),
    facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n'),
    `${closing}\nWaybill`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function table({ items, total }: OrderedLines): string {
  const rows = items.map(({ quantity, name, unitPrice, lineTotal }) => [
    String(quantity),
    clip(name),
    formatMoney(unitPrice),
    formatMoney(lineTotal),
  ]);
  const all = [['Qty', 'Item', 'Each', 'Sum'], ...rows, ['', 'Total', '', formatMoney(total)]];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => lengthOf(row[column] ?? ''))));
  const lines = all.map((row) =>
    row
      .map((cell, column) => align(cell, widths[column] ?? 0, column === 1))
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width, 0) + 6);
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join('\n');
}

function align(cell: string, width: number, left: boolean): string {
  const padding = ' '.repeat(width - lengthOf(cell));
  return left ? cell + padding : padding + cell;
}

/** In characters as they are seen, not in code units. */
function lengthOf(words: string): number {
  return [...words].length;
}

function clip(name: string): string {
  return lengthOf(name) <= MAX_NAME ? name : `${[...name].slice(0, MAX_NAME - 1).join('')}…`;
}
