import { createClient } from '#libs/client/client.js';
import type { BreakerList } from '#libs/contracts/http/resilience.js';
import { readRun } from '../run-file/run-file.js';
import { print, red, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';

/** What is given up at the moment, by whom. */
export async function showBreakers({ json = false, all = false }: { json?: boolean; all?: boolean }): Promise<void> {
  const { gateway, tokens } = readRun();
  const list = await createClient({ url: gateway.url, token: tokens.operator }).listBreakers();
  if (json) return print(JSON.stringify(list, null, 2));
  const shown = list.items.filter(({ state, calls }) => all || state !== 'closed' || calls > 0);
  if (shown.length === 0) print(`  all ${list.items.length} breakers are closed, and nothing was called of late`);
  else print(table(['caller', 'calls', 'breaker', 'since', 'failed of late', 'opened'], shown.map(row)));
  for (const { caller, reason } of list.missing) print(yellow(`  ${caller} does not say: ${reason}`));
}

function row({ caller, dependency, method, state, since, calls, failures, opened }: BreakerList['items'][number]) {
  return [
    caller,
    `${dependency}.${method}`,
    state === 'closed' ? state : state === 'open' ? red(state) : yellow(state),
    since.slice(11, 19),
    `${failures} of ${calls}`,
    String(opened),
  ];
}
