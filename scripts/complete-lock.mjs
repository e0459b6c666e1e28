/**
 * Adds to package-lock.json the optional packages of other platforms that the registry it was made against did not have.
 * Without them `npm ci` refuses the lock ("Missing: … from lock file"). Run after changing dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OSES = ['darwin', 'win32', 'linux', 'freebsd', 'android', 'openharmony'];
const CPUS = {
  x64: 'x64',
  arm64: 'arm64',
  ia32: 'ia32',
  armv7: 'arm',
  'arm-gnueabihf': 'arm',
  'arm-musleabihf': 'arm',
  'arm-eabi': 'arm',
  ppc64: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
};

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
let added = 0;
for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`;
    if (lock.packages[path] !== undefined || !/^\d/.test(version)) continue;
    lock.packages[path] = { version, ...platformOf(name), ...(dev && { dev }), optional: true };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added`);

/** `@swc/core-darwin-arm64` is for darwin on arm64. Without a platform npm would install it everywhere. */
function platformOf(name) {
  const os = OSES.find((known) => name.includes(known));
  const cpu = Object.entries(CPUS).find(([known]) => name.includes(`-${known}`))?.[1];
  if (!os || !cpu) throw new Error(`${name}: which platform is it for? Add it to scripts/complete-lock.mjs`);
  return { cpu: [cpu], os: [os] };
}
