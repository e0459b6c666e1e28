import { setTimeout as pause } from 'node:timers/promises';
import type { WaybillClient } from '#libs/client/client.js';
import { UserError } from '../run-file/run-file.js';

const LOOK_MS = 500;
const LONGEST_MS = 30 * 60_000;

/** What was copied was never sent: the read models learn of it as they do after a loss, from the log of orders. */
export async function rebuildViews(
  operator: WaybillClient,
  done: (name: string, tookMs: number) => void,
): Promise<void> {
  const { items } = await operator.listProjections();
  for (const { name } of items) {
    const startedAt = Date.now();
    const { generation } = await operator.rebuildProjection(name);
    await untilServed(operator, name, generation);
    done(name, Date.now() - startedAt);
  }
}

async function untilServed(operator: WaybillClient, name: string, generation: number): Promise<void> {
  const patience = AbortSignal.timeout(LONGEST_MS);
  while (!patience.aborted) {
    const { items } = await operator.listProjections();
    if (items.some((view) => view.name === name && view.generation >= generation)) return;
    await pause(LOOK_MS);
  }
  throw new UserError(`The read model ${name} is not built: \`npx waybill projections\` says how far it is`);
}
