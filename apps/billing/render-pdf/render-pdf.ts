import { buffer } from 'node:stream/consumers';
import type { DocumentContent } from '../issue-documents/document.js';
import { layOut } from './lay-out.js';
import { MARGIN, Pen } from './pen.js';
import { wordsOf } from './words.js';

export interface Rendering {
  /** When the document was issued: the file says so too. */
  readonly issuedAt: Date;
  /** A font file for every script; undefined: the built-in ones, Latin letters only. */
  readonly font?: string | undefined;
}

/** A stored document as a PDF: the same document, the same bytes. */
export async function renderPdf(content: DocumentContent, { issuedAt, font }: Rendering): Promise<Buffer> {
  // Loaded when the first document is asked for: until then it would only take memory.
  const { default: PDFDocument } = await import('pdfkit');
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    lang: 'en',
    info: {
      Title: `${wordsOf(content).title} ${content.number}`,
      Author: content.seller.name,
      CreationDate: issuedAt,
      ModDate: issuedAt,
    },
  });
  const bytes = buffer(pdf);
  layOut(content, new Pen(pdf, font));
  pdf.end();
  return bytes;
}
