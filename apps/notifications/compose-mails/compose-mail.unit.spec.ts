import { describe, expect, it } from '@jest/globals';
import type { MailData } from '#libs/contracts/events.js';
import { formatMoney } from '#libs/contracts/money.js';
import { composeMail } from './compose-mail.js';
import { ENDINGS } from './endings.js';

const eur = (amount: number): { amount: number; currency: string } => ({ amount, currency: 'EUR' });
const ITEMS = [
  { sku: 'TEA', name: 'Earl Grey Tea', quantity: 2, unitPrice: eur(450), lineTotal: eur(900) },
  { sku: 'KET', name: 'Kettle <Pro> & "more"', quantity: 120, unitPrice: eur(12_900), lineTotal: eur(1_548_000) },
];
const ABOUT = { orderId: '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10', customerId: 'customer-1' };
const CONFIRMED: MailData = {
  mail: 'order-confirmed',
  ...ABOUT,
  items: ITEMS,
  total: eur(1_548_900),
  tracking: ['EZ1000'],
};
const compose = (data: MailData, name = 'Ada Lovelace'): ReturnType<typeof composeMail> =>
  composeMail({
    id: 'mail-1',
    requestedAt: new Date(0),
    data,
    contact: { name, email: 'ada@example.com' },
    sender: 'orders@shop.example',
  });

describe('a confirmation', () => {
  it('says what was ordered, in columns', () => {
    const { text, subject } = compose(CONFIRMED);
    expect(subject).toBe('Your order is confirmed: Earl Grey Tea and 1 more');
    expect(text).toBe(`Your order is confirmed
=======================

Hello Ada Lovelace,

Thank you for your order. It is paid, and we are packing it now.

Your invoice waits with your order, as a PDF.

Qty  Item                      Each         Sum
-----------------------------------------------
  2  Earl Grey Tea            €4.50       €9.00
120  Kettle <Pro> & "more"  €129.00  €15,480.00
-----------------------------------------------
     Total                           €15,489.00

Order            01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10
Tracking number  EZ1000

We hope you enjoy it.
Waybill
`);
  });

  it('says the same in HTML, and takes nothing in it for markup', () => {
    const { html } = compose(CONFIRMED, '<script>alert(1)</script>');
    for (const words of [
      'Earl Grey Tea',
      '2 × €4.50',
      '€15,489.00',
      'EZ1000',
      'Kettle &lt;Pro&gt; &amp; &quot;more&quot;',
      '&lt;script&gt;',
    ])
      expect(html).toContain(words);
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/(src|href)=/);
  });

  it('is the same mail whenever it is composed', () => {
    expect(compose(CONFIRMED)).toEqual(compose(CONFIRMED));
    expect(compose(CONFIRMED)).toMatchObject({
      messageId: 'mail-1@shop.example',
      date: new Date(0),
      to: { address: 'ada@example.com' },
    });
  });

  it('keeps its columns with names of any length', () => {
    const long = { sku: 'L', name: 'Ä'.repeat(80), quantity: 1, unitPrice: eur(1), lineTotal: eur(1) };
    const rows = compose({ ...CONFIRMED, items: [long, ...ITEMS] })
      .text.split('\n')
      .filter((line) => /€.*€/.test(line));
    expect(rows).toHaveLength(3);
    expect(new Set(rows.map((row) => [...row].length)).size).toBe(1);
    expect(rows[0]).toContain('…');
  });
});

describe('news of a parcel', () => {
  it('says where its number is', () => {
    const { subject, text } = compose({ ...ABOUT, mail: 'order-shipped' });
    expect(subject).toBe('Your order is on its way');
    expect(text).toContain('the tracking number is in the confirmation');
    expect(text).toContain(ABOUT.orderId);
  });
});

describe('bad news', () => {
  it.each(Object.keys(ENDINGS) as (keyof typeof ENDINGS)[])('is told in words, not codes: %s', (reason) => {
    for (const data of [
      { ...ABOUT, mail: 'order-rejected', reason },
      { ...ABOUT, mail: 'order-cancelled', reason, items: ITEMS, total: eur(1) },
    ] as const) {
      const { text, html, subject } = compose(data);
      for (const part of [text, html, subject]) expect(part).not.toMatch(/[A-Z]{3,}_[A-Z]/);
      expect(text).toContain(ABOUT.orderId);
      expect(text).toMatch(/charged|refunded/);
      expect(text).not.toContain('undefined');
    }
  });

  it('says what had been ordered where that is known', () => {
    const data = { ...ABOUT, mail: 'order-rejected', reason: 'PAYMENT_DECLINED' } as const;
    expect(compose({ ...data, items: ITEMS, total: eur(1_548_900) }).text).toContain('Earl Grey Tea');
    expect(compose(data).text).not.toContain('Qty');
    expect(compose(data).subject).toBe('Your payment was declined');
  });
});

it.each([
  [{ amount: 5, currency: 'EUR' }, '€0.05'],
  [{ amount: 1299, currency: 'USD' }, '$12.99'],
  [{ amount: 1299, currency: 'JPY' }, '¥1,299'],
  [{ amount: 1299, currency: 'BHD' }, 'BHD\u00a01.299'],
])('money %j is shown as %s', (money, shown) => {
  expect(formatMoney(money)).toBe(shown);
});
