import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type WaybillClient } from '#libs/client/client.js';
import { ProblemError } from '#libs/client/problem-error.js';
import { HAPPY } from '../order-kinds.js';
import { settle } from '../settle.js';
import type { Stage } from '../stage.js';
import { until } from '../system.js';

const DISPATCH_AFTER_MS = 2_000;
export const CANCEL_SWEEP_SETTINGS = {
  WAYBILL_CARRIER_DISPATCH_AFTER: `${DISPATCH_AFTER_MS}ms`,
  WAYBILL_CARRIER_DELIVER_AFTER: '2s',
};

/** With 1 000 orders each is cancelled 5 ms later than the one before. */
const WINDOW_MS = 2_500;
/** Orders under way at once. */
const AT_ONCE = 12;

interface Sweep {
  readonly over: 'charge' | 'hand-over';
  /** What the delay is counted from. */
  readonly reached: (stage: Stage, id: string) => Promise<void>;
  /** How long the provider takes to charge. */
  readonly chargeMs?: number;
  readonly firstMs: number;
}

/** From the answer that the order is placed, over a charge so slow that cancels come before, in and after it; and around the moment when the carrier takes the parcel. */
const SWEEPS: readonly Sweep[] = [
  { over: 'charge', reached: () => Promise.resolve(), firstMs: 0, chargeMs: 1_000 },
  { over: 'hand-over', reached: confirmed, firstMs: DISPATCH_AFTER_MS - WINDOW_MS / 2 },
];

const DECISIONS = ['accepted', 'TOO_LATE', 'ALREADY_FINAL', 'undecided'] as const;
type Decision = (typeof DECISIONS)[number];

/**
 * Cancels through the API, each order a little later after it was placed, or confirmed, than the one before. Whatever the
 * answer was must be what became of the order, its money and its parcel.
 */
export async function cancelSweep(stage: Stage): Promise<void> {
  const { system, flights, size } = stage;
  const api = createClient({ url: system.run.gateway.url, token: system.run.tokens.operator });
  const decisions = new Map<string, Decision>();
  const offsets = Math.ceil(size.orders / SWEEPS.length);
  for (const sweep of SWEEPS) {
    if (sweep.chargeMs !== undefined) await slowDownCharges(stage, sweep.chargeMs / 2, offsets);
    const decided = await sweepOver(stage, api, sweep, offsets);
    await system.endFaults();
    for (const [id, decision] of decided) decisions.set(id, decision);
    stage.notes.push(`  ${sweep.over.padEnd(12)} ${offsets} offsets, ${tally([...decided.values()])}`);
  }
  await settle(flights, true, 120_000);
  await compare(stage, decisions);
}

/** Half of the time before the money is taken, half of it after. */
async function slowDownCharges({ system }: Stage, ms: number, times: number): Promise<void> {
  for (const moment of ['before', 'after'])
    await system.injectFault({ operation: 'confirmIntent', moment, effect: { kind: 'delay', ms }, times });
}

async function sweepOver(
  stage: Stage,
  api: WaybillClient,
  { reached, firstMs }: Sweep,
  offsets: number,
): Promise<Map<string, Decision>> {
  const decided = new Map<string, Decision>();
  let next = 0;
  const customer = async (): Promise<void> => {
    for (let offset = next++; offset < offsets; offset = next++) {
      const id = await stage.load.place(HAPPY);
      if (id === undefined) continue;
      await reached(stage, id);
      await pause(firstMs + (offset * WINDOW_MS) / offsets);
      decided.set(id, await cancel(stage, api, id));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, customer));
  return decided;
}

function confirmed({ flights }: Stage, id: string): Promise<void> {
  return until(
    async () => !(await flights.isMoving(id)),
    60_000,
    () => `${id} to be confirmed`,
    10,
  );
}

async function cancel({ history }: Stage, api: WaybillClient, id: string): Promise<Decision> {
  const decision = await api.cancelOrder(id, { reason: 'sweep', waitS: 20 }).then(
    ({ status }) => (status === 'accepted' ? status : 'undecided'),
    (error: unknown) => {
      if (error instanceof ProblemError && (error.code === 'TOO_LATE' || error.code === 'ALREADY_FINAL'))
        return error.code;
      throw error;
    },
  );
  history.note('cancel', { id, decision });
  return decision;
}

/** What the provider and the carrier say of each order, against what its customer was told. */
async function compare({ system, broken, notes }: Stage, decisions: ReadonlyMap<string, Decision>): Promise<void> {
  const ids = [...decisions.keys()];
  const orders = await system.databases.read<{ id: string; status: string }>(
    'orders',
    'select id, status from orders where id = any($1::uuid[])',
    [ids],
  );
  const paid = await system.databases.read<{ id: string; kept: string; charges: string }>(
    'payment-simulator',
    `select order_id as id, sum(case kind when 'charge' then amount else -amount end) as kept,
       count(*) filter (where kind = 'charge') as charges
     from ledger where order_id = any($1::text[]) group by order_id`,
    [ids],
  );
  const shipped = await system.databases.read<{ id: string }>(
    'carrier-simulator',
    `select reference as id from shipments where reference = any($1::text[]) and stage in ('in_transit', 'delivered', 'lost')`,
    [ids],
  );
  const keeps = new Map(paid.map(({ id, kept }) => [id, Number(kept)]));
  const goneOut = new Set(shipped.map(({ id }) => id));
  const cancelled = orders.filter(({ status }) => status === 'CANCELLED').map(({ id }) => id);
  const chargedAndCancelled = cancelled.filter((id) => keeps.get(id) !== undefined && keeps.get(id) !== 0);
  const cancelledAndShipped = cancelled.filter((id) => goneOut.has(id));
  notes.push(
    `  ${cancelled.length} cancelled: ${cancelled.filter((id) => keeps.has(id)).length} charged and refunded, ${cancelled.filter((id) => !keeps.has(id)).length} never charged`,
    `  charged and cancelled: ${chargedAndCancelled.length}, cancelled and shipped: ${cancelledAndShipped.length}`,
  );
  broken.push(...chargedAndCancelled.map((id) => `order ${id} is cancelled, and charged`));
  broken.push(...cancelledAndShipped.map((id) => `order ${id} is cancelled, and shipped`));
  broken.push(...paid.filter(({ charges }) => Number(charges) > 1).map(({ id }) => `order ${id} was charged twice`));
  for (const { id, status } of orders) {
    const told = decisions.get(id);
    if (told !== 'undecided' && (told === 'accepted') !== (status === 'CANCELLED'))
      broken.push(`order ${id} is ${status}; its customer was told ${told}`);
  }
}

function tally(decisions: readonly Decision[]): string {
  return DECISIONS.map((decision) => `${decisions.filter((each) => each === decision).length} ${decision}`).join(', ');
}
