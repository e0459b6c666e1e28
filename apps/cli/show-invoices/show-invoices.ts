import { writeFile } from 'node:fs/promises';
import { createClient } from '#libs/client/client.js';
import { readRun, UserError } from '../run-file/run-file.js';
import { money, print } from '../terminal/style.js';
import { table } from '../terminal/table.js';

export interface InvoiceOptions {
  readonly json?: boolean;
  /** Where the newest document's PDF goes. */
  readonly out?: string;
  /** Another document of the order than the newest. */
  readonly number?: string;
}

/** The invoices and credit notes of an order; one of them as a PDF. */
export async function showInvoices(orderId: string, { json = false, out, number }: InvoiceOptions): Promise<void> {
  const { gateway, tokens } = readRun();
  const api = createClient({ url: gateway.url, token: tokens.operator });
  const { items } = await api.listInvoices(orderId);
  const chosen = number === undefined ? items.at(-1) : items.find((each) => each.number === number);
  if (out !== undefined) {
    if (chosen === undefined)
      throw new UserError('This order has no such document: it follows the payment in a moment');
    await writeFile(out, await api.getInvoice(orderId, chosen.number));
  }
  if (json) return print(JSON.stringify(items, null, 2));
  if (items.length === 0) return print('  No invoice yet: it follows the payment.');
  const rows = items.map(({ number: name, kind, issuedOn, total, invoice }) => [
    name,
    kind,
    issuedOn,
    money(total.amount, total.currency),
    invoice ?? '',
  ]);
  print(table(['number', 'kind', 'date', 'total', 'takes back'], rows));
  if (out !== undefined && chosen !== undefined) print(`\n  ${chosen.number} is in ${out}`);
}
