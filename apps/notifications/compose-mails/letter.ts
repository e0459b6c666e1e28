import type { MailData, PricedLineData } from '#libs/contracts/events.js';
import type { Money } from '#libs/contracts/money.js';
import { unreachable } from '#libs/kernel/errors.js';
import { ENDINGS } from './endings.js';

/** What a mail says, before it is dressed as text or as HTML. */
export interface Letter {
  readonly subject: string;
  readonly headline: string;
  readonly greeting: string;
  readonly paragraphs: readonly string[];
  readonly lines?: OrderedLines;
  /** What the customer may want to quote: name and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly closing: string;
}

export interface OrderedLines {
  readonly items: readonly PricedLineData[];
  readonly total: Money;
}

export function letterFor(data: MailData, name: string): Letter {
  const common = { greeting: `Hello ${name},`, ...linesOf(data) };
  switch (data.mail) {
    case 'order-confirmed':
      return {
        ...common,
        subject: `Your order is confirmed: ${summaryOf(data.items)}`,
        headline: 'Your order is confirmed',
        paragraphs: [
          'Thank you for your order. It is paid, and we are packing it now.',
          'Your invoice waits with your order, as a PDF.',
        ],
        facts: [
          ['Order', data.orderId],
          ...data.tracking.map((number): [string, string] => ['Tracking number', number]),
        ],
        closing: 'We hope you enjoy it.',
      };
    case 'order-shipped':
      return {
        ...common,
        subject: 'Your order is on its way',
        headline: 'Your order is on its way',
        paragraphs: [
          'Your parcel has been handed over to the carrier.',
          'Where it is, the carrier’s page shows you: the tracking number is in the confirmation that we sent you.',
        ],
        facts: [['Order', data.orderId]],
        closing: 'We hope you enjoy it.',
      };
    case 'order-rejected':
    case 'order-cancelled': {
      const { headline, paragraphs } = ENDINGS[data.reason];
      const subject = data.items === undefined ? headline : `${headline}: ${summaryOf(data.items)}`;
      return {
        ...common,
        subject,
        headline,
        paragraphs,
        facts: [['Order', data.orderId]],
        closing: 'We would be glad to serve you another time.',
      };
    }
    default:
      return unreachable(data);
  }
}

function linesOf(data: MailData): { lines?: OrderedLines } {
  if (data.mail === 'order-shipped' || data.items === undefined || data.total === undefined) return {};
  return { lines: { items: data.items, total: data.total } };
}

/** `Earl Grey and 2 more`. */
function summaryOf([first, ...others]: readonly PricedLineData[]): string {
  if (first === undefined) return 'nothing';
  return others.length === 0 ? first.name : `${first.name} and ${others.length} more`;
}
