/**
 * As whom Postgres runs: it refuses to run as root. A user of a namespace of its own is enough where that is allowed;
 * where it is not (most containers), it is `nobody`, with data, and if need be binaries, where `nobody` can reach them.
 */
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.mjs';

/**
 * @typedef {object} User
 * @property {string} bin  folder of the server's programs
 * @property {string} data  folder of the cluster
 * @property {string[]} as  what a command line begins with
 * @property {{uid: number, gid: number} | undefined} owner
 */

const IN_NAMESPACE = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];

/** @param {string} bin @param {string} dir @returns {Promise<User>} */
export async function chooseUser(bin, dir) {
  const here = { bin, data: join(dir, 'data'), owner: undefined };
  if (process.getuid?.() !== 0) return { ...here, as: [] };
  const outside = outsideOf(dir);
  if (!existsSync(outside) && (await works(IN_NAMESPACE, bin))) return { ...here, as: IN_NAMESPACE };
  return await asNobody(bin, outside);
}

/** @param {string} dir @returns {string} a place for this folder's cluster that every user can reach */
export function outsideOf(dir) {
  const name = createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 12);
  return `/var/tmp/waybill-postgres-${name}`;
}

/** @param {string[]} as @param {string} bin @param {{uid: number, gid: number}} [owner] */
async function works(as, bin, owner) {
  const [command = '', ...args] = [...as, join(bin, 'postgres'), '--version'];
  return await run(command, args, { ...owner, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

/** @param {string} bin @param {string} outside @returns {Promise<User>} */
async function asNobody(bin, outside) {
  const [uid, gid] = (await Promise.all([run('id', ['-u', 'nobody']), run('id', ['-g', 'nobody'])])).map(Number);
  const owner = { uid: uid ?? 65_534, gid: gid ?? 65_534 };
  mkdirSync(outside, { recursive: true, mode: 0o700 });
  chownSync(outside, owner.uid, owner.gid);
  const user = { data: join(outside, 'data'), as: [], owner };
  if (await works([], bin, owner)) return { ...user, bin };
  return { ...user, bin: copied(bin, join(outside, 'programs')) };
}

/** @param {string} bin @param {string} programs @returns {string} the bin folder of a copy that `nobody` may read */
function copied(bin, programs) {
  if (!existsSync(programs)) {
    rmSync(`${programs}.new`, { recursive: true, force: true });
    cpSync(dirname(bin), `${programs}.new`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${programs}.new`, programs);
  }
  return join(programs, 'bin');
}
