import { messageOf, WaybillError } from '#libs/kernel/errors.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Deeper than any request of the API; what is deeper is not parsed. */
const MAX_DEPTH = 32;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** @throws WaybillError INVALID_REQUEST for what is no JSON in UTF-8, or nested too deeply. */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new WaybillError('INVALID_REQUEST', 'Send a JSON body.');
  if (depthOf(bytes) > MAX_DEPTH)
    throw new WaybillError('INVALID_REQUEST', `The JSON is nested more than ${MAX_DEPTH} levels deep.`);
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown;
  } catch (error) {
    throw new WaybillError(
      'INVALID_REQUEST',
      `The body is not JSON in UTF-8: ${messageOf(error)}`,
      {},
      { cause: error },
    );
  }
}

/** The deepest nesting of brackets outside of strings. In UTF-8 no byte of another character looks like one. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let place = 0; place < bytes.length; place += 1) {
    const byte = bytes[place] as number; // within bounds
    if (byte === BACKSLASH && inString) place += 1;
    else if (byte === QUOTE) inString = !inString;
    else if (inString) continue;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, (depth += 1));
    else if (CLOSING.has(byte)) depth -= 1;
  }
  return deepest;
}
