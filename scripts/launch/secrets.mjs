import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedFile, replaceFile } from '../engines/replace-file.mjs';
import { SERVICES } from './services.mjs';

const KEY = /^[\w.-]{1,64}:[A-Za-z0-9+/]{43}=$/;

/** Secrets of this checkout, made at the first start and kept readable by their owner alone. @throws DamagedFile */
export function secretsOf(folder) {
  const file = join(folder, 'secrets.json');
  const known = existsSync(file) ? readSecrets(file) : {};
  const databases = SERVICES.filter(({ database }) => database).map(({ name }) => `database.${name}`);
  const brokerUsers = SERVICES.filter(({ amqp }) => amqp).map(({ name }) => `broker.${name}`);
  const names = [
    'auditor',
    'control',
    'providerApiKey',
    'carrierApiKey',
    'paymentsWebhook',
    'carrierWebhook',
    ...databases,
    ...brokerUsers,
  ];
  const secrets = Object.fromEntries(names.map((name) => [name, known[name] ?? make(name)]));
  if (names.every((name) => name in known)) return secrets;
  mkdirSync(folder, { recursive: true });
  replaceFile(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

function readSecrets(file) {
  const remedy = 'Delete it: new passwords are made and set everywhere at the next start.';
  try {
    const known = JSON.parse(readFileSync(file, 'utf8'));
    if (Object.values(known).every((value) => typeof value === 'string' && value !== '')) return known;
  } catch (error) {
    throw new DamagedFile(file, remedy, error);
  }
  throw new DamagedFile(file, remedy);
}

/**
 * The file with the keys of Temporal's payloads, made at the first start. Who loses it can read no order that is on its way.
 * @throws DamagedFile
 */
export function payloadKeysOf(folder) {
  const file = join(folder, 'temporal-keys');
  if (!existsSync(file)) replaceFile(file, `development:${randomBytes(32).toString('base64')}\n`);
  const keys = readFileSync(file, 'utf8')
    .split(/[\s,]+/)
    .filter(Boolean);
  if (keys.length > 0 && keys.every((key) => KEY.test(key))) return file;
  throw new DamagedFile(
    file,
    'Orders that are on their way are encrypted by it: put back a copy of it. Where there is none, delete it and begin with empty data: npm start -- --fresh',
  );
}

/** The providers' SDKs look at how a key begins. */
function make(name) {
  const prefix =
    { providerApiKey: 'sk_test_', carrierApiKey: 'EZTK', paymentsWebhook: 'whsec_', carrierWebhook: 'whsec_' }[name] ??
    '';
  return prefix + randomBytes(24).toString('hex');
}
