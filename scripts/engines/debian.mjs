/**
 * RabbitMQ out of Debian's (or Ubuntu's) packages without installing anything and without root: apt works on lists
 * and a cache of its own, checks the archive's signatures as always, and the packages are only unpacked.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, watchingSize } from './run.mjs';

const PACKAGE = 'rabbitmq-server';

/** @param {string} folder @param {(phase: string, bytes?: number, total?: number) => void} onPhase */
export async function unpackRabbitmq(folder, onPhase) {
  const work = join(folder, 'apt');
  const options = prepare(work);
  onPhase('package lists');
  const update = () => run('apt-get', [...options, 'update', '-q'], { env: plain });
  const updated = await watchingSize(join(work, 'lists'), (bytes) => onPhase('package lists', bytes), () => outcome(update()));
  const packages = await needed(options).catch((error) => {
    throw updated ?? error; // lists that could not be fetched are the cause
  });
  const total = packages.reduce((sum, { bytes }) => sum + bytes, 0);
  const debs = join(work, 'debs');
  const names = packages.map(({ name }) => name);
  const download = () => run('apt-get', [...options, 'download', '-q', ...names], { cwd: debs, env: plain });
  await watchingSize(debs, (bytes) => onPhase('download', bytes, total), download);
  onPhase('unpack');
  await Promise.all(readdirSync(debs).map((deb) => run('dpkg', ['-x', join(debs, deb), folder])));
  rmSync(work, { recursive: true });
  makeRelocatable(join(folder, 'usr', 'lib', 'erlang'));
}

const plain = { ...process.env, LC_ALL: 'C' };

/** @param {string} work @returns {string[]} options that keep apt inside `work` and impatient */
function prepare(work) {
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs']) mkdirSync(join(work, part), { recursive: true });
  const settings = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '5',
    'Acquire::https::Timeout': '5',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * What to download: the broker and Erlang always, and those libraries that this system lacks.
 * @param {string[]} options @returns {Promise<{name: string, bytes: number}[]>}
 */
async function needed(options) {
  const nothingInstalled = [...options, '-o', 'Dir::State::status=/dev/null'];
  const install = ['install', '-qq', '-y', '--no-install-recommends', '--print-uris', PACKAGE];
  const uris = await run('apt-get', [...nothingInstalled, ...install], { env: plain });
  const all = [...uris.matchAll(/^'\S+' (\S+?)_\S+ (\d+) /gm)].map(([, name = '', bytes]) => ({ name, bytes: Number(bytes) }));
  const here = new Set((await run('dpkg-query', ['-W', '-f', '${Package}\n'])).split('\n'));
  const wanted = (/** @type {string} */ name) =>
    name === PACKAGE || name.startsWith('erlang-') || (name.startsWith('lib') && !here.has(name));
  return all.filter(({ name }) => wanted(name));
}

/** @param {Promise<unknown>} work @returns {Promise<unknown>} its error, if it failed: one unreachable source is not the end */
const outcome = (work) => work.then(() => undefined, (error) => error);

/** Debian's start scripts name /usr/lib/erlang; ours take the place from ERL_ROOTDIR. @param {string} erlang */
function makeRelocatable(erlang) {
  const erts = readdirSync(erlang).find((name) => name.startsWith('erts-')) ?? '';
  for (const script of ['bin/erl', 'bin/start', `${erts}/bin/erl`, `${erts}/bin/start`]) {
    const path = join(erlang, script);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll(/^(\s*ROOTDIR=)"?\/usr\/lib\/erlang"?$/gm, '$1"$ERL_ROOTDIR"'));
  }
}
