import type { PricedLineData } from '#libs/contracts/events.js';
import type { Money } from '#libs/contracts/money.js';
import type { DocumentKind } from './document.js';

export interface KnownOrder {
  readonly items: readonly PricedLineData[];
  readonly total: number;
  readonly currency: string;
  /** Nothing of it can be amended any more, and it is known as it was amended last. */
  readonly final: boolean;
}

export interface Movement {
  readonly sequence: number;
  readonly kind: 'capture' | 'refund';
  readonly amount: number;
  readonly currency: string;
}

/** A document that can be issued now: for which movement, and what stands on it. */
export interface Due<Of extends Movement = Movement> {
  readonly kind: DocumentKind;
  readonly movement: Of;
  readonly lines: readonly PricedLineData[];
  readonly total: Money;
}

/**
 * Which of the movements without a document can have one now: invoices first, then the credit notes that refer to them.
 * An invoice waits until the order is final: until then it may be sent to another address, or have other lines that cost as
 * much. What was captured is what is invoiced: of another amount there is none.
 */
export function dueDocuments<Of extends Movement>(
  order: KnownOrder,
  waiting: readonly Of[],
  /** The lines of the order's invoice, if it has one already. */
  invoiced: readonly PricedLineData[] | undefined,
): Due<Of>[] {
  const captures = waiting.filter(({ kind, amount, currency }) => kind === 'capture' && isFor(order, amount, currency));
  const invoices = captures.map((movement) => due('invoice', movement, order.items));
  const lines = invoiced ?? invoices[0]?.lines;
  if (lines === undefined) return [];
  const refunds = waiting.filter(({ kind }) => kind === 'refund');
  return [...invoices, ...refunds.map((movement) => due('credit-note', movement, creditedLines(lines, movement)))];
}

function isFor({ total, currency, final }: KnownOrder, amount: number, paidIn: string): boolean {
  return final && amount === total && currency === paidIn;
}

function due<Of extends Movement>(kind: DocumentKind, movement: Of, lines: readonly PricedLineData[]): Due<Of> {
  return { kind, movement, lines, total: { amount: movement.amount, currency: movement.currency } };
}

/** Everything went back: the invoice's own lines. A part of it: one line that says so. */
function creditedLines(lines: readonly PricedLineData[], { amount, currency }: Movement): readonly PricedLineData[] {
  const invoiced = lines.reduce((sum, { lineTotal }) => sum + lineTotal.amount, 0);
  if (amount === invoiced) return lines;
  const money = { amount, currency };
  return [{ sku: 'PART-REFUND', name: 'Part of the invoiced amount', quantity: 1, unitPrice: money, lineTotal: money }];
}
