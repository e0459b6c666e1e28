/** Engines for the length of one piece of work, from nothing, in a folder that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngines } from './engines.mjs';

/**
 * @template Result
 * @param {import('./engines.mjs').EngineName[]} only
 * @param {(urls: Awaited<ReturnType<typeof startEngines>>['urls']) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withEngines(only, work) {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-engines-'));
  try {
    const { urls, stop } = await startEngines({ dir, only });
    return await work(urls).finally(stop);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
