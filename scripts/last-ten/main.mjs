/** The last ten units, on a Postgres of its own; or on the one that WAYBILL_POSTGRES_URL names. */
import { parseArgs } from 'node:util';
import { withEngines } from '../engines/with-engines.mjs';
import { runSources } from '../run-sources.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, buyers: { type: 'string', default: '500' } },
});
await withEngines(['postgres'], ({ postgres }) =>
  runSources('apps/inventory/testing/last-ten-rounds.ts', [values.rounds, values.buyers], {
    WAYBILL_TEST_POSTGRES_URL: postgres.url,
  }),
).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
