/**
 * Runs the checks and the tests, these on a running system of their own (`.waybill/test`), so that a system of yours that
 * runs in this checkout is left alone. Most tests wait most of their time: what can run side by side does.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUICK_CHECKS, runChecks, SLOW_CHECKS } from './checks.mjs';
import { runJest } from './jest.mjs';
import { notRun, say, table } from './report.mjs';
import { withSystem } from './system.mjs';

/** Tests that hold down or kill what all others need. */
const ALONE = '\\.(outage|chaos)\\.spec\\.ts$';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startedAt = Date.now();
const rows = [];

const quickChecks = runChecks(root, QUICK_CHECKS);
await withSystem(root, async (env) => {
  rows.push(...(await quickChecks));
  rows.push(
    ...(await runJest(root, { name: 'unit, workflow, integration, journeys', env, ignore: ALONE, workers: 4 })),
  );
  const both = [runJest(root, { name: 'outages', env, match: ALONE, workers: 1 }), runChecks(root, SLOW_CHECKS)];
  rows.push(...(await Promise.all(both)).flat());
});

const passed = rows.reduce((sum, row) => sum + row.passed, 0);
const failed = rows.reduce((sum, row) => sum + row.failed, 0);
say(`\n${table(rows)}\n`);
if (notRun(rows) !== '') say(`${notRun(rows)}\n`);
say(
  `in ${((Date.now() - startedAt) / 1000).toFixed(0)} s; logs of the tested system: ${join('.waybill', 'test', 'logs')}\n`,
);
say(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
