import { hash } from 'node:crypto';

const SCRIPT = `
const say = (text) => { document.querySelector('main').dataset.state = text; };
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
document.querySelector('code').textContent = location.origin + location.pathname;
if (token === '') say('none');
else fetch('codec/session', { method: 'POST', headers: { authorization: 'Bearer ' + token } })
  .then((answer) => say(answer.ok ? 'open' : 'refused'), () => say('refused'));
`;
const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em; }
[data-when] { display: none; }
[data-state=open] [data-when=open], [data-state=refused] [data-when=refused],
[data-state=none] [data-when=none] { display: block; }
`;

const allowed = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`;

/** Nothing but what stands in the page, and only to here. */
export const PAGE_POLICY = [
  `default-src 'none'; script-src ${allowed(SCRIPT)}; style-src ${allowed(STYLE)}`,
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');

/** Exchanges the operator's token, which stands behind the link's #, for a session in this browser. */
export const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Waybill: payloads</title><style>${STYLE}</style></head>
<body><main data-state="">
<div data-when="open"><h1>This browser may read payloads now</h1>
<p>In Temporal’s page, once per browser: open the <b>Codec Server</b> settings (the glasses at the top), choose
<b>Use my browser setting</b>, enter <code></code> and tick <b>Include cross-origin credentials</b>.</p></div>
<div data-when="refused"><h1>Refused</h1>
<p>The link’s token is not an operator’s, or has expired: <kbd>npx waybill payloads</kbd> prints a new link.</p></div>
<div data-when="none"><h1>Nothing to open</h1><p><kbd>npx waybill payloads</kbd> prints the link.</p></div>
</main><script>${SCRIPT}</script></body></html>
`;
