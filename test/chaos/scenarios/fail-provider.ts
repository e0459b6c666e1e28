import { setTimeout as pause } from 'node:timers/promises';
import { HAPPY, UNDONE } from '../order-kinds.js';
import { settle } from '../settle.js';
import type { Stage } from '../stage.js';
import { until } from '../system.js';

const FAULTS = 30;
const OUTAGE_MS = 30_000;

/** The provider charges, and says so only when nobody waits for it any more. */
export async function chargeTooLate(stage: Stage): Promise<void> {
  await loseCharges(stage, { kind: 'delay', ms: 6_000 });
}

/** The provider charges, and answers 500. */
export async function chargeAndFail(stage: Stage): Promise<void> {
  await loseCharges(stage, { kind: 'error' });
}

async function loseCharges({ system, load, say }: Stage, effect: object): Promise<void> {
  await system.injectFault({ operation: 'confirmIntent', moment: 'after', effect, times: FAULTS });
  await load.placeMany(FAULTS * 2, HAPPY);
  say(`${FAULTS} charges were made and not told`);
}

/** No refund gets through for half a minute; orders that end have to wait for theirs, and all others go on. */
export async function failRefunds(stage: Stage): Promise<void> {
  const { system, load, flights } = stage;
  await system.injectFault({ operation: 'createRefund', moment: 'before', effect: { kind: 'error' }, times: 10_000 });
  await load.placeMany(20, UNDONE);
  await load.placeMany(20, HAPPY);
  await until(
    async () => (await flights.count()) === 20,
    60_000,
    () => 'the orders without refunds to be all that wait',
  );
  await pause(OUTAGE_MS);
  if ((await flights.count()) !== 20) stage.broken.push('an order ended although its refund failed');
  await system.endFaults();
  const waiting = await settle(flights, false, 120_000);
  if (waiting.length > 0) stage.broken.push(`${waiting.length} refunds are still not made`);
  stage.say(`20 refunds failed for ${OUTAGE_MS / 1_000} s, and were made then`);
}
