import { Armoury } from '../armoury.js';
import { HAPPY } from '../order-kinds.js';
import type { Stage } from '../stage.js';
import { until } from '../system.js';

const TIMES = 3;
/** Steps whose first attempt is a local activity: until the worker reports its task, no history knows of them. */
const STEPS = [
  { service: 'inventory', failpoint: 'reserve-stock.before-reply' },
  { service: 'shipping', failpoint: 'schedule-shipment.before-reply' },
] as const;

/**
 * Kills the worker while a step is done and no history knows of it, and requests a cancel before another worker takes
 * over: that one sees the cancel first, and must undo all the same what it has never heard of.
 */
export async function cancelBehindDeadWorker(stage: Stage): Promise<void> {
  const { system, load, blows, cancels, flights, say } = stage;
  const armoury = new Armoury(system.failpoints);
  for (const { service, failpoint } of Array.from({ length: TIMES }, () => STEPS).flat()) {
    await blows.turnOf('fulfilment');
    const before = armoury.hits(service, failpoint).length;
    armoury.arm(service, failpoint, 'pause 1000');
    await load.place(HAPPY);
    const hit = () => armoury.hits(service, failpoint)[before];
    await until(
      () => hit() !== undefined,
      30_000,
      () => `an order to come by at ${failpoint}`,
      20,
    );
    const id = hit()?.about ?? '';
    await blows.kill('fulfilment');
    await cancels.request(id);
    await until(
      async () => !(await flights.isMoving(id)),
      90_000,
      () => `${id} to be confirmed or to end`,
    );
    say(`fulfilment killed at ${failpoint}, the order cancelled meanwhile`);
  }
}
