import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { pricedLine, sampleCreditNote, sampleInvoice } from '../testing/sample-documents.js';
import { renderPdf } from './render-pdf.js';

const issuedAt = new Date('2026-11-20T10:00:00Z');
const LONG = 'Hand-thrown stoneware bowl with a very long story about the potter, the clay and the lake. '.repeat(3);

/** What is written on each page: the built-in fonts' text, word by word. */
async function pagesOf(...of: Parameters<typeof renderPdf>): Promise<string[]> {
  const pdf = (await renderPdf(...of)).toString('latin1');
  const streams = [...pdf.matchAll(/stream\r?\n([^]*?)\r?\nendstream/g)].flatMap(([, bytes = '']) => {
    try {
      return [inflateSync(Buffer.from(bytes, 'latin1')).toString('latin1')];
    } catch {
      return []; // not compressed: no page
    }
  });
  return streams.filter((stream) => stream.includes('TJ')).map(textOf);
}

/** Each line of text is an array of hexadecimal pieces with their kerning in between. */
function textOf(stream: string): string {
  const lines = [...stream.matchAll(/\[([^\]]*)\] TJ/g)].map(([, pieces = '']) =>
    [...pieces.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1')).join(''),
  );
  return lines.join(' ').replaceAll('\x80', '€');
}

describe('an invoice as a PDF', () => {
  it('is the same bytes whenever it is rendered', async () => {
    const [one, other] = [
      await renderPdf(sampleInvoice(), { issuedAt }),
      await renderPdf(sampleInvoice(), { issuedAt }),
    ];
    expect(one.subarray(0, 5).toString()).toBe('%PDF-');
    expect(one.equals(other)).toBe(true);
  });

  it('says who sells, who bought what for how much, and that it is paid', async () => {
    const [page = '', ...more] = await pagesOf(sampleInvoice(), { issuedAt });
    expect(more).toEqual([]);
    for (const words of [
      'Waybill Example Shop',
      'Tax id DE000000000',
      'Invoice number',
      'INV-2026-000042',
      '20 November 2026',
      '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10',
      'Ada Lovelace',
      '04109 Leipzig',
      'Enamel mug',
      '€12.40',
      '€24.80',
      '€115.70',
      'Paid in full: €115.70 on 20 November 2026',
      'through Stripe',
      'All prices include value added tax.',
      'Page 1 of 1',
    ])
      expect(page).toContain(words);
  });

  it('breaks a hundred lines over pages: each has the heading and its number, none loses a line', async () => {
    const lines = Array.from({ length: 100 }, (_, place) =>
      pricedLine(place % 10 === 0 ? `${place} ${LONG}` : `Item ${place}.`, 1, 100),
    );
    const pages = await pagesOf(sampleInvoice({ lines }), { issuedAt });
    expect(pages.length).toBeGreaterThan(3);
    pages.forEach((page, index) => expect(page).toContain(`Page ${index + 1} of ${pages.length}`));
    const all = pages.join(' ');
    for (let place = 1; place < 100; place += 1) if (place % 10 !== 0) expect(all).toContain(`Item ${place}.`);
    expect(pages.slice(0, -1).every((page) => page.includes('Unit price'))).toBe(true);
    expect(pages.at(-1)).toContain('Total');
  });

  it('is made for a name in any script', async () => {
    const name = '山田太郎 👩‍👩‍👧 Łódź';
    const recipient = { ...sampleInvoice().recipient, name };
    const [page = ''] = await pagesOf(sampleInvoice({ recipient }), { issuedAt });
    expect(page).toContain('Lódz');
  });
});

describe('a credit note as a PDF', () => {
  it('names the invoice that it takes back', async () => {
    const [page = ''] = await pagesOf(sampleCreditNote(), { issuedAt });
    for (const words of [
      'Credit note',
      'CN-2026-000007',
      'For invoice',
      'INV-2026-000042 of 20 November 2026',
      'Total credited',
      'Refunded: €115.70',
    ])
      expect(page).toContain(words);
  });
});
