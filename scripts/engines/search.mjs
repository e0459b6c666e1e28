/** The ladder on which each engine is looked for, and the error for when every rung fails. */

/** @typedef {'url' | 'path' | 'cache' | 'vendor' | 'registry' | 'container'} Source */
/**
 * @typedef {object} Progress
 * @property {string} engine
 * @property {string} phase
 * @property {string | undefined} [detail]
 * @property {number | undefined} [bytes]
 * @property {number | undefined} [total]
 */
/** @typedef {(progress: Progress) => void} Report */

/** Nothing on this machine, and nothing within its reach, can be this engine. `remedy` says what to do by hand. */
export class EngineUnavailable extends Error {
  code = 'ENGINE_UNAVAILABLE';
  /** @param {string} engine @param {string[]} tried @param {string} remedy */
  constructor(engine, tried, remedy) {
    super(`${engine} could not be found or fetched.\n${tried.map((line) => `  - ${line}`).join('\n')}\n${remedy}`);
    this.name = 'EngineUnavailable';
    this.engine = engine;
    this.tried = tried;
    this.remedy = remedy;
  }
}

/**
 * A rung answers with what it found, with nothing, or throws why not.
 * @template T
 * @typedef {{source: Source, find: () => Promise<T | undefined> | T | undefined}} Rung
 */

/**
 * The first rung that has the engine.
 * @template {object} T
 * @param {string} engine
 * @param {readonly Rung<T>[]} rungs
 * @param {string} remedy
 * @returns {Promise<T & {source: Source}>}
 */
export async function search(engine, rungs, remedy) {
  const tried = [];
  for (const { source, find } of rungs) {
    try {
      const found = await find();
      if (found) return { source, ...found }; // a rung that found it elsewhere says so
      tried.push(`${source}: not there`);
    } catch (error) {
      tried.push(`${source}: ${firstLines(error)}`);
    }
  }
  throw new EngineUnavailable(engine, tried, remedy);
}

/** @param {unknown} error */
function firstLines(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').slice(0, 3).join(' / ');
}

/** Compares dotted versions: is `version` at least `least`? @param {string} version @param {string} least */
export function atLeast(version, least) {
  const [a, b] = [version, least].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
