/**
 * RabbitMQ out of Debian's (or Ubuntu's) packages without installing anything and without root: apt works on lists
 * and a cache of its own, checks the archive's signatures as always, and the packages are only unpacked.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, watchingSize } from './run.mjs';

const PACKAGE = 'rabbitmq-server';

/** @typedef {(phase: string, bytes?: number, total?: number) => void} OnPhase */

/** @param {string} folder @param {NodeJS.ProcessEnv} env @param {OnPhase} onPhase */
export async function unpackRabbitmq(folder, env, onPhase) {
  const work = join(folder, 'apt');
  const options = prepare(work);
  const plain = { ...env, LC_ALL: 'C' };
  onPhase('package lists');
  const update = () => run('apt-get', [...options, 'update', '-q'], { env: plain });
  const updated = await watchingSize(
    join(work, 'lists'),
    (bytes) => onPhase('package lists', bytes),
    () => outcome(update()),
  );
  const packages = await needed(options, plain).catch((error) => {
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
  dropUnusedPlugins(join(folder, 'usr', 'lib', 'rabbitmq', 'lib'));
  await tryErlang(join(folder, 'usr', 'lib'), env);
}

/** @param {string} work @returns {string[]} options that keep apt inside `work` and impatient */
function prepare(work) {
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(work, part), { recursive: true });
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
 * @param {string[]} options @param {NodeJS.ProcessEnv} env @returns {Promise<{name: string, bytes: number}[]>}
 */
async function needed(options, env) {
  const nothingInstalled = [...options, '-o', 'Dir::State::status=/dev/null'];
  const install = ['install', '-qq', '-y', '--no-install-recommends', '--print-uris', PACKAGE];
  const uris = await run('apt-get', [...nothingInstalled, ...install], { env });
  const all = [...uris.matchAll(/^'\S+' (\S+?)_\S+ (\d+) /gm)].map(([, name = '', bytes]) => ({
    name,
    bytes: Number(bytes),
  }));
  const here = new Set((await run('dpkg-query', ['-W', '-f', '${Package}\n'])).split('\n'));
  const wanted = (/** @type {string} */ name) =>
    name === PACKAGE || name.startsWith('erlang-') || (name.startsWith('lib') && !here.has(name));
  return all.filter(({ name }) => wanted(name));
}

/** @param {Promise<unknown>} work @returns {Promise<unknown>} its error, if it failed: one unreachable source is not the end */
const outcome = (work) =>
  work.then(
    () => undefined,
    (error) => error,
  );

/** Debian's start scripts name /usr/lib/erlang; ours take the place from ERL_ROOTDIR. @param {string} erlang */
function makeRelocatable(erlang) {
  const erts = readdirSync(erlang).find((name) => name.startsWith('erts-')) ?? '';
  for (const script of ['bin/erl', 'bin/start', `${erts}/bin/erl`, `${erts}/bin/start`]) {
    const path = join(erlang, script);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll(/^(\s*ROOTDIR=)"?\/usr\/lib\/erlang"?$/gm, '$1"$ERL_ROOTDIR"'));
  }
}

const PLUGINS = ['rabbit', 'rabbitmq_management', 'rabbitmq_prometheus'];

/**
 * A node reads the descriptions of all plugins that lie there each time it starts: without those that are never
 * enabled it starts a fifth sooner.
 * @param {string} lib
 */
function dropUnusedPlugins(lib) {
  const plugins = join(lib, readdirSync(lib)[0] ?? '', 'plugins');
  const folders = new Map(readdirSync(plugins).map((name) => [name.replace(/-[^-]*$/, ''), join(plugins, name)]));
  const used = new Set(PLUGINS);
  for (const name of used) for (const needed of applicationsOf(name, folders.get(name))) used.add(needed); // grows while it runs
  for (const [name, folder] of folders) if (!used.has(name)) rmSync(folder, { recursive: true });
}

/** @param {string} name @param {string | undefined} folder @returns {string[]} the applications that a plugin says it needs */
function applicationsOf(name, folder) {
  if (!folder) return []; // comes with Erlang
  const description = readFileSync(join(folder, 'ebin', `${name}.app`), 'utf8');
  const lists = [...description.matchAll(/\{\s*(?:optional_)?applications\s*,\s*\[([^\]]*)\]/g)];
  return lists.flatMap(([, list = '']) => list.split(',').map((word) => word.trim()));
}

/** Packages that do not fit this system are found out here, not when the broker starts. @param {string} lib @param {NodeJS.ProcessEnv} env */
async function tryErlang(lib, env) {
  const libraries = readdirSync(lib).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const own = { ERL_ROOTDIR: join(lib, 'erlang'), LD_LIBRARY_PATH: join(lib, libraries) };
  const code = '{ok, _} = application:ensure_all_started(crypto), halt(0).';
  await run(join(lib, 'erlang', 'bin', 'erl'), ['-noinput', '-eval', code], {
    env: { ...env, ...own },
    timeout: 20_000,
  });
}
