import { describe, expect, it } from '@jest/globals';
import { eur, pricedLine } from '../testing/sample-documents.js';
import { dueDocuments, type Movement } from './due-documents.js';

const items = [pricedLine('Enamel mug', 2, 1_240)];
const ORDER = { items, total: 2_480, currency: 'EUR', final: true };
const moved = (kind: Movement['kind'], amount: number, sequence: number): Movement => ({
  kind,
  sequence,
  ...eur(amount),
});

describe('the documents that are due', () => {
  it('given a capture of the order’s total: its invoice', () => {
    const capture = moved('capture', 2_480, 1);
    expect(dueDocuments(ORDER, [capture], undefined)).toEqual([
      { kind: 'invoice', movement: capture, lines: items, total: eur(2_480) },
    ]);
  });

  it('given a refund besides, in whichever order: the invoice, then the credit note', () => {
    const both = [moved('refund', 2_480, 2), moved('capture', 2_480, 1)];
    const due = dueDocuments(ORDER, both, undefined);
    expect(due.map(({ kind, lines }) => [kind, lines])).toEqual([
      ['invoice', items],
      ['credit-note', items],
    ]);
  });

  it('given a refund alone: none, until its invoice is there', () => {
    const refund = moved('refund', 2_480, 2);
    expect(dueDocuments(ORDER, [refund], undefined)).toEqual([]);
    expect(dueDocuments(ORDER, [refund], items)).toMatchObject([{ kind: 'credit-note' }]);
  });

  it('given a part that went back: a credit note of that part, in one line', () => {
    const [note] = dueDocuments(ORDER, [moved('refund', 1_000, 2)], items);
    expect(note).toMatchObject({ kind: 'credit-note', total: eur(1_000), lines: [{ lineTotal: eur(1_000) }] });
  });

  it('given an order that may still be amended: none, though it costs as much; what was invoiced is credited', () => {
    const open = { ...ORDER, final: false };
    expect(dueDocuments(open, [moved('capture', 2_480, 1), moved('refund', 2_480, 2)], undefined)).toEqual([]);
    expect(dueDocuments(open, [moved('refund', 2_480, 2)], items)).toMatchObject([{ kind: 'credit-note' }]);
  });

  it.each([
    ['amount', { ...ORDER, total: 9_999 }],
    ['currency', { ...ORDER, currency: 'USD' }],
  ])('given a capture of another %s than the order comes to: none', (_, order) => {
    expect(dueDocuments(order, [moved('capture', 2_480, 1)], undefined)).toEqual([]);
  });
});
