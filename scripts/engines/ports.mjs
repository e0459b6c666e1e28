/**
 * Ports of this checkout: chosen once, remembered in `ports.json`, chosen anew only when somebody else took one.
 * They lie below the range from which systems hand out ports, and each folder starts at a place of its own, so two
 * checkouts that start at once do not reach for the same ones.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const FIRST = 20_000;
const COUNT = 12_000;

/**
 * @template {string} Name
 * @param {string} dir @param {readonly Name[]} names
 * @param {Partial<Record<Name, number>>} [wanted] ports to keep as they are, whoever holds them
 * @returns {Promise<Record<Name, number>>}
 */
export async function choosePorts(dir, names, wanted = {}) {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'ports.json');
  const remembered = read(file);
  const chosen = { ...remembered };
  for (const name of names) {
    const fixed = wanted[name];
    chosen[name] = fixed ?? (await freePort(dir, remembered[name], Object.values({ ...chosen, [name]: 0 })));
  }
  writeFileSync(`${file}.new`, `${JSON.stringify(chosen, null, 2)}\n`);
  renameSync(`${file}.new`, file);
  return /** @type {Record<Name, number>} */ (Object.fromEntries(names.map((name) => [name, chosen[name]])));
}

/** @param {string} file @returns {Record<string, number>} */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // none yet, or torn: choose anew
  }
}

/** @param {string} dir @param {number | undefined} preferred @param {number[]} taken */
async function freePort(dir, preferred, taken) {
  if (preferred && (await isFree(preferred))) return preferred;
  const start = createHash('sha256').update(realpathSync(dir)).digest().readUInt32BE() % COUNT;
  for (let i = 0; i < COUNT; i += 1) {
    const port = FIRST + ((start + i) % COUNT);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}`);
}

/** @param {number} port @returns {Promise<boolean>} free on the loopback address and on all of them */
export async function isFree(port) {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

/** @param {number} port @param {string} host @returns {Promise<boolean>} */
function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
