/** What the launcher says while it works: one line per thing, coloured on a terminal, plain in a file. */
const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint('1');
export const dim = paint('2');
export const green = paint('32');
export const red = paint('31');
export const yellow = paint('33');

const NAME_WIDTH = 20;

export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

/** @param {string} name @param {string} what @param {number} [since] milliseconds since the epoch */
export function sayDone(name, what, since) {
  const took = since === undefined ? '' : dim(`${((Date.now() - since) / 1000).toFixed(1)} s`.padStart(8));
  say(`  ${green('✓')} ${name.padEnd(NAME_WIDTH)} ${what.padEnd(58)} ${took}`);
}

export function sayNote(name, what) {
  say(`  ${dim('·')} ${name.padEnd(NAME_WIDTH)} ${dim(what)}`);
}

export function sayProblem(name, what) {
  say(`  ${red('✗')} ${name.padEnd(NAME_WIDTH)} ${what}`);
}

export function sayWarning(name, what) {
  say(`  ${yellow('!')} ${name.padEnd(NAME_WIDTH)} ${what}`);
}

/**
 * Reports an engine's search and download: a line when the phase changes, and one for each tenth that has arrived.
 * @returns {(progress: { engine: string, phase: string, detail?: string, bytes?: number, total?: number }) => void}
 */
export function progressReporter() {
  const said = new Map();
  return ({ engine, phase, detail = '', bytes, total }) => {
    if (phase === 'ready') return; // said with the time that it took
    const tenth = bytes !== undefined && total ? Math.floor((bytes / total) * 10) : '';
    const key = `${phase} ${detail} ${tenth}`;
    if (said.get(engine) === key) return;
    said.set(engine, key);
    const size = bytes === undefined ? '' : `${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ''}`;
    sayNote(engine, [phase, detail, size].filter(Boolean).join(' '));
  };
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
