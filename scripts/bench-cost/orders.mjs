import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const ORDER = JSON.stringify({
  items: [{ sku: 'MUG-ENAMEL', quantity: 1 }],
  paymentMethod: 'pm_ok',
  shippingAddress: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country: 'DE' },
});
const PATIENCE_MS = 120_000;
const LOOK_MS = 500;
/** What reacts to a delivery, and the last batch of spans. */
const SETTLE_MS = 3_000;

/** Places orders, as many at once as are to be in flight. */
export async function placeOrders(run, count, flight) {
  const ids = [];
  let left = count;
  const placing = async () => {
    while (left > 0) {
      left -= 1;
      ids.push(await place(run));
    }
  };
  await Promise.all(Array.from({ length: flight }, placing));
  return ids;
}

/** Until the last of them is delivered: they are so in about the order in which they were placed. */
export async function untilAtRest(run, ids) {
  const last = ids.slice(-30);
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(LOOK_MS)) {
    while (last.length > 0 && (await statusOf(run, last[0])) === 'DELIVERED') last.shift();
    if (last.length === 0) return pause(SETTLE_MS);
  }
  throw new Error(`order ${last[0]} was not delivered within ${PATIENCE_MS / 1_000} s`);
}

async function place(run) {
  const answer = await fetch(`${run.gateway.url}/v1/orders`, {
    method: 'POST',
    headers: { ...headersOf(run), 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: ORDER,
  });
  const { id, ...problem } = await answer.json();
  if (answer.status !== 201) throw new Error(`the gateway answered ${answer.status}: ${JSON.stringify(problem)}`);
  return id;
}

async function statusOf(run, id) {
  const answer = await fetch(`${run.gateway.url}/v1/orders/${id}`, { headers: headersOf(run) });
  return (await answer.json()).status;
}

function headersOf({ tokens }) {
  return { authorization: `Bearer ${tokens.customer}` };
}
