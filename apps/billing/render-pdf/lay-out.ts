import { formatMoney } from '#libs/contracts/money.js';
import type { DocumentContent } from '../issue-documents/document.js';
import { MARGIN, type Box, type Pen } from './pen.js';
import { wordsOf, type Words } from './words.js';

const GAP = 5;
type Line = DocumentContent['lines'][number];

/** Puts a document on its pages, from the seller's name to the page numbers. */
export function layOut(content: DocumentContent, pen: Pen): void {
  const words = wordsOf(content);
  const below = parties(content, words, pen);
  const end = totals(content, words, pen, lines(content.lines, pen, below));
  closing(content, words, pen, end);
  const { seller, number } = content;
  pen.footers((page, of) => `${seller.name} · ${words.title} ${number} · Page ${page} of ${of}`);
}

/** Who sells, who buys, and which document of which order this is. */
function parties({ seller, recipient }: DocumentContent, words: Words, pen: Pen): number {
  const half = pen.width * 0.44;
  const left = { x: pen.left, width: half };
  const right = { x: pen.left + half, width: pen.width - half };
  let y = pen.write(seller.name, left, MARGIN, { size: 14, bold: true }) + 2;
  for (const line of [...seller.address, seller.email, `Tax id ${seller.taxId}`])
    y = pen.write(line, left, y, { size: 9, muted: true });
  pen.write(words.title, right, MARGIN, { size: 22, bold: true, align: 'right' });
  y += 36;
  const { name, line1, postalCode, city, country } = recipient.address;
  const own = recipient.name === name ? [] : [recipient.name];
  let address = pen.write('Bill to', left, y, { size: 9, muted: true }) + 2;
  for (const line of [...own, name, line1, `${postalCode} ${city}`, countryName(country), recipient.email])
    if (line !== null) address = pen.write(line, { ...left, width: left.width - 20 }, address);
  return Math.max(address, facts(words, right, y, pen)) + 28;
}

function facts({ facts: all }: Words, { x, width }: Box, top: number, pen: Pen): number {
  const name = { x, width: 92 };
  const value = { x: x + 92, width: width - 92 };
  return all.reduce((y, [what, is]) => {
    pen.write(what, name, y, { size: 9, muted: true });
    return pen.write(is, value, y, { size: 9, align: 'right' }) + 3;
  }, top);
}

function columns(pen: Pen): Record<'item' | 'quantity' | 'price' | 'total', Box> {
  const [quantity, price, total] = [46, 84, 88];
  const item = pen.width - quantity - price - total;
  const x = pen.left + item;
  return {
    item: { x: pen.left, width: item - 12 },
    quantity: { x, width: quantity },
    price: { x: x + quantity, width: price },
    total: { x: x + quantity + price, width: total },
  };
}

/** The lines, each whole on one page; their heading stands on every page. */
function lines(all: readonly Line[], pen: Pen, top: number): number {
  let y = heading(pen, top);
  for (const line of all) {
    if (y + lineHeight(line, pen) > pen.bottom) y = heading(pen, pen.newPage());
    y = lineRow(line, pen, y);
  }
  return y;
}

function heading(pen: Pen, top: number): number {
  const { item, quantity, price, total } = columns(pen);
  const style = { size: 9, muted: true } as const;
  pen.write('Item', item, top, style);
  pen.write('Quantity', quantity, top, { ...style, align: 'right' });
  pen.write('Unit price', price, top, { ...style, align: 'right' });
  return pen.rule(pen.write('Total', total, top, { ...style, align: 'right' }) + 4) + GAP;
}

function lineRow({ name, sku, quantity, unitPrice, lineTotal }: Line, pen: Pen, y: number): number {
  const at = columns(pen);
  pen.write(String(quantity), at.quantity, y, { align: 'right' });
  pen.write(formatMoney(unitPrice), at.price, y, { align: 'right' });
  pen.write(formatMoney(lineTotal), at.total, y, { align: 'right' });
  const below = pen.write(sku, at.item, pen.write(name, at.item, y), { size: 8, muted: true });
  return pen.rule(below + GAP) + GAP;
}

function lineHeight({ name, sku }: Line, pen: Pen): number {
  const { width } = columns(pen).item;
  return pen.heightOf(name, width) + pen.heightOf(sku, width, { size: 8 }) + 2 * GAP;
}

/** The total and how it was paid stand together: a page of their own rather than torn apart. */
function totals({ total }: DocumentContent, words: Words, pen: Pen, top: number): number {
  const room = 110;
  const y = (top + room > pen.bottom ? pen.newPage() : top) + 4;
  const value = columns(pen).total;
  const name = { x: pen.left + pen.width * 0.4, width: value.x - pen.left - pen.width * 0.4 };
  pen.write(words.total, name, y, { size: 12, bold: true, align: 'right' });
  return pen.write(formatMoney(total), value, y, { size: 12, bold: true, align: 'right' }) + 22;
}

function closing({ seller }: DocumentContent, words: Words, pen: Pen, top: number): void {
  const whole = { x: pen.left, width: pen.width };
  const y = pen.write(words.payment, whole, top) + 8;
  pen.write(seller.taxNote, whole, y, { size: 9, muted: true });
}

function countryName(code: string): string {
  return new Intl.DisplayNames('en', { type: 'region', fallback: 'code' }).of(code) ?? code;
}
