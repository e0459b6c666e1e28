import type PDFDocument from 'pdfkit';
import { inLatinLetters } from './latin-letters.js';

export const MARGIN = 56;
const FOOTER = 24;
const INK = '#1c2330';
const MUTED = '#5b6472';
const RULE = '#d5dae2';

export interface Style {
  readonly size?: number;
  readonly bold?: boolean;
  readonly muted?: boolean;
  readonly align?: 'left' | 'right';
}

export interface Box {
  readonly x: number;
  readonly width: number;
}

/** Writes on pages: knows the fonts, and where a page ends. */
export class Pen {
  constructor(
    private readonly pdf: InstanceType<typeof PDFDocument>,
    private readonly font: string | undefined,
  ) {
    if (font !== undefined) pdf.registerFont('document', font);
  }

  get left(): number {
    return MARGIN;
  }

  get width(): number {
    return this.pdf.page.width - 2 * MARGIN;
  }

  get bottom(): number {
    return this.pdf.page.height - MARGIN - FOOTER;
  }

  /** Writes words at a height, wrapped to the box. @returns the height below them. */
  write(words: string, { x, width }: Box, y: number, style: Style = {}): number {
    const { align = 'left', muted = false } = style;
    const text = this.prepare(words, style);
    this.pdf.fillColor(muted ? MUTED : INK).text(text, x, y, { width, align });
    return y + this.pdf.heightOfString(text, { width });
  }

  heightOf(words: string, width: number, style: Style = {}): number {
    return this.pdf.heightOfString(this.prepare(words, style), { width });
  }

  rule(y: number): number {
    this.pdf
      .moveTo(MARGIN, y)
      .lineTo(MARGIN + this.width, y)
      .lineWidth(0.75)
      .strokeColor(RULE)
      .stroke();
    return y;
  }

  newPage(): number {
    this.pdf.addPage();
    return MARGIN;
  }

  /** Writes the same line at the foot of every page, once it is known how many there are. */
  footers(words: (page: number, of: number) => string): void {
    const { start, count } = this.pdf.bufferedPageRange();
    for (let page = start; page < start + count; page += 1) {
      this.pdf.switchToPage(page);
      // Below the margin the text would open a page of its own.
      this.pdf.page.margins.bottom = 0;
      const y = this.rule(this.pdf.page.height - MARGIN - 12) + 8;
      this.write(words(page - start + 1, count), { x: this.left, width: this.width }, y, { size: 8, muted: true });
    }
  }

  private prepare(words: string, { size = 10, bold = false }: Style): string {
    this.pdf.font(this.font === undefined ? (bold ? 'Helvetica-Bold' : 'Helvetica') : 'document').fontSize(size);
    return this.font === undefined ? inLatinLetters(words) : words;
  }
}
