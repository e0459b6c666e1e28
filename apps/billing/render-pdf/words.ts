import { formatMoney, type Money } from '#libs/contracts/money.js';
import type { DocumentContent } from '../issue-documents/document.js';

/** How a document says what it says. */
export interface Words {
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly total: string;
  readonly payment: string;
}

export function wordsOf(content: DocumentContent): Words {
  const { kind, number, issuedOn, order, total, payment, invoice } = content;
  const [title, numberName, totalName] =
    kind === 'invoice'
      ? ['Invoice', 'Invoice number', 'Total']
      : ['Credit note', 'Credit note number', 'Total credited'];
  return {
    title,
    facts: [
      [numberName, number],
      ['Date', longDate(issuedOn)],
      ...(invoice ? [['For invoice', `${invoice.number} of ${longDate(invoice.issuedOn)}`] as const] : []),
      ['Order', order.id],
      ['Ordered on', longDate(order.placedOn)],
    ],
    total: totalName,
    payment: paymentOf(kind, total, payment),
  };
}

function paymentOf(
  kind: DocumentContent['kind'],
  total: Money,
  { on, method, provider, reference }: DocumentContent['payment'],
): string {
  const way = [
    `payment method ${method}`,
    provider && `through ${provider.slice(0, 1).toUpperCase()}${provider.slice(1)}`,
    reference && `reference ${reference}`,
  ];
  const how = way.filter(Boolean).join(', ');
  return kind === 'invoice'
    ? `Paid in full: ${formatMoney(total)} on ${longDate(on)}, ${how}. Nothing is left to pay.`
    : `Refunded: ${formatMoney(total)} on ${longDate(on)} the way it was paid, ${how}. Your bank may take a few days to show it.`;
}

/** `20 November 2026`. */
export function longDate(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}
