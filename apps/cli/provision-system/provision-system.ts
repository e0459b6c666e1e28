import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provisionBroker } from '#libs/messaging/provision-broker.js';
import { provision } from '#libs/persistence/provision.js';
import { IDENTITIES } from '#libs/contracts/callers.js';
import { openAuthority } from '#libs/security/authority.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import { renewIdentities } from '#libs/security/identity-folder.js';
import { replaceFile } from '#libs/security/replace-file.js';
import { certificateFolders } from '../manage-certificates/folders.js';
import type { Run } from '../run-file/run-file.js';
import { print } from '../terminal/style.js';
import { readPlan, type Plan } from './plan.js';
import { auditorsRun, operatorsRun } from './run-files.js';

/**
 * Makes what must be there before the services start: databases and roles, queues and the broker's users, the development issuer's keys, certificates, tokens, and the
 * run files from which the command line knows where everything is. Repeatable; tokens and passwords are set anew.
 *
 * Each folder is meant to be a volume of its own: `issuer` holds the private key and is nobody else's, `keys` the public
 * one for those who verify tokens, `payloads` the key of Temporal's payloads, `operator` and `auditor` a run file each. So is each identity's folder: a service has its own alone.
 */
export async function provisionSystem(): Promise<void> {
  const plan = readPlan();
  await makeDatabases(plan);
  await makeBrokerUsers(plan);
  const issuer = await openDevIssuer(join(plan.WAYBILL_PROVISION_DIR, 'issuer'));
  await publishKeys(issuer, join(plan.WAYBILL_PROVISION_DIR, 'keys'));
  await issueCertificates();
  await makePayloadKey(join(plan.WAYBILL_PROVISION_DIR, 'payloads'));
  const tokens = await issueTokens(issuer);
  await writeRunFile(join(plan.WAYBILL_PROVISION_DIR, 'operator'), operatorsRun(plan, tokens));
  await writeRunFile(join(plan.WAYBILL_PROVISION_DIR, 'auditor'), auditorsRun(plan, tokens));
  print(
    `databases and roles: ${plan.databases.map(({ service }) => service).join(', ')}; keys, tokens and certificates for a day, run files`,
  );
}

function makeDatabases({ WAYBILL_POSTGRES_URL, WAYBILL_AUDITOR_PASSWORD, databases }: Plan): Promise<void> {
  return provision({ adminUrl: WAYBILL_POSTGRES_URL, auditorPassword: WAYBILL_AUDITOR_PASSWORD, databases });
}

function makeBrokerUsers({ WAYBILL_AMQP_URL, WAYBILL_RABBITMQ_MANAGEMENT_URL, brokerPasswords }: Plan): Promise<void> {
  return provisionBroker({
    adminUrl: WAYBILL_AMQP_URL,
    managementUrl: WAYBILL_RABBITMQ_MANAGEMENT_URL,
    passwordOf: (service) => brokerPasswords[service],
  });
}

async function issueCertificates(): Promise<void> {
  const { authority, identities: root } = certificateFolders();
  await renewIdentities(await openAuthority(authority), { root, identities: IDENTITIES });
}

async function issueTokens(issuer: DevIssuer): Promise<Run['tokens']> {
  const scopes = ['orders:read', 'orders:write'] as const;
  return {
    customer: await issuer.issueToken({ subject: 'cus-ada', scopes }),
    otherCustomer: await issuer.issueToken({ subject: 'cus-grace', scopes }),
    operator: await issuer.issueToken({ subject: 'operator', scopes: [...scopes, 'ops'] }),
  };
}

async function publishKeys({ jwksUrl }: DevIssuer, folder: string): Promise<void> {
  await replace(folder, 'jwks.json', await readFile(fileURLToPath(jwksUrl), 'utf8'), 0o644);
}

/** Once, and never again: what was encrypted by it has to be read for as long as Temporal keeps it. */
async function makePayloadKey(folder: string): Promise<void> {
  const file = join(folder, 'temporal-keys');
  if (await stat(file).catch(() => undefined)) return;
  await replace(folder, 'temporal-keys', `provisioned:${randomBytes(32).toString('base64')}\n`, 0o600);
}

async function writeRunFile(folder: string, run: Run): Promise<void> {
  await replace(folder, 'run.json', `${JSON.stringify(run, null, 2)}\n`, 0o600);
}

async function replace(folder: string, name: string, content: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(join(folder, name), content, mode);
}
