/**
 * Runs the checks and the tests: first what needs nothing, then the tests on a running system of their own
 * (`.waybill/test`), so that a system of yours that runs in this checkout is left alone.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChecks } from './checks.mjs';
import { runJest } from './jest.mjs';
import { notRun, say, table } from './report.mjs';
import { withSystem } from './system.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startedAt = Date.now();
const rows = [];

rows.push(...(await runChecks(root)));
await withSystem(root, async (env) => {
  rows.push(
    ...(await runJest(root, {
      name: 'unit, workflow, integration',
      env,
      ignore: '\\.(journey|outage|chaos)\\.spec\\.ts$',
    })),
  );
  rows.push(...(await runJest(root, { name: 'journeys', env, match: '\\.journey\\.spec\\.ts$', workers: 2 })));
  // Alone: they hold down or kill what everything else needs.
  rows.push(...(await runJest(root, { name: 'outages', env, match: '\\.(outage|chaos)\\.spec\\.ts$', workers: 1 })));
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
