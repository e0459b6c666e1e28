import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../processes.js';
import type { Stage } from '../stage.js';
import { until } from '../system.js';

const TIMES = 3;
/** Longer than a lease lasts, and than anybody waits for an answer. */
const STOPPED_MS = 9_000;

interface Lease {
  readonly holder: string;
  readonly epoch: string;
}

/**
 * Of two processes of orders, stops the one that sends the outbox until the other has taken over, then lets it go on:
 * for a moment both believe that it is theirs.
 */
export async function stopRelayLeader(stage: Stage): Promise<void> {
  const { system, load, blows, flights } = stage;
  const lease = async (): Promise<Lease> => {
    const [row] = await system.databases.read<Lease>('orders', 'select holder, epoch from outbox_lease');
    if (row === undefined) throw new Error('Nobody has ever sent the outbox of orders');
    return row;
  };
  for (let time = 1; time <= TIMES; time += 1) {
    await blows.turnOf('orders');
    await load.fill(20);
    const { holder, epoch } = await lease();
    const [, pid] = /\/(\d+)\//.exec(holder) ?? [];
    const burst = load.placeMany(20);
    blows.note({ name: 'orders', manner: 'stop', inFlight: await flights.count() }, { holder });
    signal(Number(pid), 'SIGSTOP');
    await pause(STOPPED_MS);
    await until(
      async () => (await lease()).epoch !== epoch,
      20_000,
      () => 'another process to send the outbox',
    );
    signal(Number(pid), 'SIGCONT');
    await burst;
    stage.say(`${time}/${TIMES} ${holder} was stopped, ${(await lease()).holder} took over`);
  }
}
