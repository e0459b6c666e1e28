import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { partitionOf, PARTITIONS } from '#libs/contracts/topology.js';
import { newId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import { histories, historyOf } from '../testing/histories.js';
import { expected, shown } from '../testing/looking-inside.js';
import { bodyOf, ViewFixture } from '../testing/view-fixture.js';

let fixture: ViewFixture;
beforeEach(async () => void (fixture = await ViewFixture.open()));
afterEach(() => fixture.close());

/** Every read model is the fold of the log. */
const inStep = (): Promise<unknown> =>
  eventually(async () => expect(await shown(fixture)).toEqual(expected(fixture)), { withinMs: 15_000 });

describe('projecting', () => {
  it('follows orders of all endings, whatever comes fifty times or late', async () => {
    await fixture.start();
    await fixture.serving();
    const logs = histories(20);
    fixture.log.append(...logs.flat());
    await fixture.publish(...logs.flat());
    const [again = []] = logs;
    for (let times = 0; times < 50; times += 1) await fixture.publish(...again);
    await inStep();
  });

  it('fetches from the log what is missing, and what comes in the wrong order', async () => {
    await fixture.start();
    await fixture.serving();
    const [first, second] = [historyOf({ ending: 'delivered' }), historyOf({ ending: 'cancelled' })];
    fixture.log.append(...first, ...second);
    await fixture.publish(...first.slice(-1), ...second.toReversed());
    await inStep();
    expect(fixture.log.asked).toBeGreaterThan(0);
  });
});
