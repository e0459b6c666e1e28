import { formatMoney } from '#libs/contracts/money.js';
import type { Letter, OrderedLines } from './letter.js';

const CELL = 'padding:8px 0;border-bottom:1px solid #e3e6ec;';
const MUTED = 'color:#5b6472;';

/** A letter as HTML that mail programs show alike: tables and inline styles, nothing loaded from anywhere. */
export function asHtml({ subject, headline, greeting, paragraphs, lines, facts, closing }: Letter): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(subject)}</title></head>
<body style="margin:0;background:#f3f5f8;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1c2330;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:32px 12px;">
<table role="presentation" width="560" cellpadding="0" cellspacing="0" style="max-width:100%;background:#ffffff;border-radius:8px;">
<tr><td style="padding:32px;">
<p style="margin:0 0 24px;font-weight:600;letter-spacing:.04em;${MUTED}">WAYBILL</p>
<h1 style="margin:0 0 16px;font-size:24px;line-height:1.3;">${escape(headline)}</h1>
<p style="margin:0 0 16px;">${escape(greeting)}</p>
${paragraphs.map((words) => `<p style="margin:0 0 16px;">${escape(words)}</p>`).join('\n')}
${lines === undefined ? '' : table(lines)}
<table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 24px;font-size:14px;">
${facts.map(([name, value]) => `<tr><td style="padding:2px 16px 2px 0;${MUTED}">${escape(name)}</td><td style="padding:2px 0;font-family:Consolas,Menlo,monospace;">${escape(value)}</td></tr>`).join('\n')}
</table>
<p style="margin:0;">${escape(closing)}<br>Waybill</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

function table({ items, total }: OrderedLines): string {
  const rows = items.map(
    ({ name, quantity, unitPrice, lineTotal }) => `<tr>
<td style="${CELL}">${escape(name)}<br><span style="font-size:14px;${MUTED}">${quantity} × ${escape(formatMoney(unitPrice))}</span></td>
<td align="right" valign="top" style="${CELL}white-space:nowrap;">${escape(formatMoney(lineTotal))}</td>
</tr>`,
  );
  return `<table width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 24px;">
${rows.join('\n')}
<tr><td style="padding:12px 0;font-weight:600;">Total</td><td align="right" style="padding:12px 0;font-weight:600;white-space:nowrap;">${escape(formatMoney(total))}</td></tr>
</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(words: string): string {
  return words.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
