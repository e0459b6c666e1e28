import { stripVTControlCharacters } from 'node:util';
import { dim } from './style.js';

type Cell = string | number;

/** Columns as wide as their widest cell; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const widths = header.map((title, column) => Math.max(width(title), ...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [dim(line(header)), ...rows.map(line)].map((text) => `  ${text}`).join('\n');
}

function pad(cell: Cell, to: number): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)));
  return typeof cell === 'number' ? space + cell : cell + space;
}

function width(cell: Cell): number {
  return stripVTControlCharacters(String(cell)).length;
}
