import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Armoury } from './armoury.js';
import { PLACES } from './failpoint-places.js';
import { judge, report } from './judge.js';
import { isParticipant } from './processes.js';
import { hit } from './scenarios/failpoints.js';
import { deal, planOf } from './scenarios/kill-anything.js';
import { openStage } from './stage.js';
import { System } from './system.js';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_261_120);
const ORDERS = 60;
const KILLS = { participants: { kills: 2, stops: 0 }, others: { kills: 8, stops: 1 } };
const FAILPOINTS = 3;
const MINUTE = 60_000;

const runFile = process.env['WAYBILL_RUN_FILE'];
const failpoints = process.env['WAYBILL_FAILPOINTS_FOLDER'];
if (runFile === undefined || failpoints === undefined)
  throw new Error('No system with failpoints runs here: `npm test` starts one; `npm run chaos` brings its own');

describe('a short run of chaos', () => {
  it(
    `seed ${SEED}: processes are killed with orders in flight, and everything holds`,
    async () => {
      const system = new System(runFile, failpoints);
      const folder = join(dirname(runFile), 'histories');
      const size = { orders: ORDERS, kills: 0, perFailpoint: 1 };
      const stage = await openStage({ system, seed: SEED, scenario: 'short', folder, size, say: () => undefined });
      try {
        await deal(stage, planOf(stage.random, KILLS));
        const places = PLACES.filter(
          ({ service, failpoint }) => !isParticipant(service) && !failpoint.startsWith('migrate'),
        );
        for (const place of stage.random.shuffle(places).slice(0, FAILPOINTS)) {
          if (!(await hit(stage, new Armoury(failpoints), place)))
            stage.broken.push(`nobody came by ${place.failpoint}`);
        }
        await stage.load.placeMany(Math.max(0, ORDERS - stage.load.counts.placed));
        const judgement = await judge(stage, { delivered: false, nothingRejectedWrongly: true });
        const told = `${report(stage, judgement)}\n\nWAYBILL_TEST_SEED=${SEED}; what the clients saw: ${stage.history.file}`;
        expect(judgement.good ? '' : told).toBe('');
        expect(stage.load.counts.accepted).toBeGreaterThan(ORDERS / 2);
      } finally {
        await stage.cancels.close();
        await system.close();
      }
    },
    5 * MINUTE,
  );
});
