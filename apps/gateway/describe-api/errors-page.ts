import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { RETRY_AFTER_S } from '#libs/contracts/http/problem.js';

/** Codes that any path may answer with, whatever the operation. */
const EVERYWHERE: readonly ErrorCode[] = ['METHOD_NOT_ALLOWED', 'REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE', 'INTERNAL'];

const codes = [...new Set([...OPERATIONS.flatMap(({ refusals }) => refusals), ...EVERYWHERE])].sort(
  (one, other) => ERROR_RULES[one].http - ERROR_RULES[other].http,
);

const rows = codes.map((code) => {
  const { http, title } = ERROR_RULES[code];
  const retry = RETRY_AFTER_S[code];
  return `<tr id="${code}"><td>${http}</td><td><code>${code}</code></td><td>${title}</td><td>${retry === undefined ? '' : `after ${retry} s`}</td></tr>`;
});

/** What each code means: the `type` of a problem document points here. */
export const ERRORS_PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Waybill API: errors</title>
  <link rel="icon" type="image/png" href="/docs/assets/favicon.png">
  <style>
    body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #d8dde7; }
    tr:target { background: #fff3c4; }
  </style>
</head>
<body>
  <h1>Errors</h1>
  <p>Every error is <code>application/problem+json</code> (RFC 9457). Decide by <code>code</code>, show <code>detail</code>, quote <code>traceId</code>.</p>
  <table>
    <thead><tr><th>Status</th><th>Code</th><th>Meaning</th><th>Try again</th></tr></thead>
    <tbody>${rows.join('\n')}</tbody>
  </table>
  <p><a href="/docs">Back to the API</a></p>
</body>
</html>
`;
